package dev.belfry.clients;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.mcp.client.DefaultMcpClient;
import dev.langchain4j.mcp.client.McpClient;
import dev.langchain4j.mcp.client.transport.http.StreamableHttpMcpTransport;
import jakarta.json.Json;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;

/**
 * langchain4j-mcp, with its stream, which it calls a subsidiary channel. From the second time on
 * that its connection is cut, 1.18.1-beta28 opens two streams in place of one, and shows its user
 * twice what both bring.
 */
final class LangChainClient implements McpStreamClient {

  // Its warnings are stack traces, one for each cut. A field, because the log manager forgets the
  // level of a logger that nobody holds.
  private static final Logger SILENCED =
      Logger.getLogger("dev.langchain4j.mcp.client.transport.http");

  static {
    SILENCED.setLevel(Level.SEVERE);
  }

  private final URI endpoint;
  private final Received received = new Received();

  private volatile McpClient client;

  LangChainClient(URI endpoint) {
    this.endpoint = endpoint;
  }

  @Override
  public void connect() {
    client =
        DefaultMcpClient.builder()
            .transport(
                StreamableHttpMcpTransport.builder()
                    .url(endpoint.toString())
                    .customHeaders(Map.of("Authorization", "Bearer langchain4j"))
                    .subsidiaryChannel(true)
                    .build())
            .logHandler(message -> received.add(message.data().asText()))
            .build();
  }

  @Override
  public List<String> received() {
    return received.all();
  }

  @Override
  public String call(String tool, Map<String, String> arguments) {
    return client
        .executeTool(
            ToolExecutionRequest.builder()
                .name(tool)
                .arguments(Json.createObjectBuilder(Map.copyOf(arguments)).build().toString())
                .build())
        .resultText();
  }

  /** It keeps the list until it is told that the list has changed. */
  @Override
  public Set<String> tools() {
    return client.listTools().stream().map(ToolSpecification::name).collect(Collectors.toSet());
  }

  @Override
  public void close() {
    try {
      client.close();
    } catch (Exception failure) {
      throw new IllegalStateException(failure);
    }
  }
}
