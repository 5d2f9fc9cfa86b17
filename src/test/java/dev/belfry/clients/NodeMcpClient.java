package dev.belfry.clients;

import jakarta.json.Json;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The official MCP SDK for TypeScript, of one generation or the other. */
final class NodeMcpClient implements McpStreamClient {

  private final NodeProcess program;
  private final Received received = new Received();

  /**
   * @param script which uses the SDK
   */
  NodeMcpClient(String script, URI endpoint) {
    program =
        new NodeProcess(
            script,
            endpoint.toString(),
            seen -> received.add(seen.getString("received", seen.toString())));
  }

  @Override
  public void connect() {
    program.act("connect", JsonValue.NULL);
  }

  @Override
  public List<String> received() {
    return received.all();
  }

  @Override
  public String call(String tool, Map<String, String> arguments) {
    JsonValue argument =
        Json.createObjectBuilder()
            .add("tool", tool)
            .add("args", Json.createObjectBuilder(Map.copyOf(arguments)))
            .build();
    return ((JsonString) program.act("call", argument)).getString();
  }

  @Override
  public Set<String> tools() {
    return program.act("tools", JsonValue.NULL).asJsonArray().getValuesAs(JsonString.class).stream()
        .map(JsonString::getString)
        .collect(Collectors.toSet());
  }

  /** Something that only this script can do. */
  JsonValue act(String action) {
    return program.act(action, JsonValue.NULL);
  }

  @Override
  public void close() {
    program.act("end", JsonValue.NULL);
    program.close();
  }
}
