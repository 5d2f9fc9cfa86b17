package dev.belfry.container;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Arrays;

/** Requests of an MCP client, made by hand: none of it is hidden in a library. */
final class Http {

  static final String INITIALIZE =
      """
      {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",\
      "capabilities":{},"clientInfo":{"name":"test","version":"1"}}}
      """;

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private Http() {}

  /**
   * Sends a request.
   *
   * @param body what to send; empty for none
   * @param headers names and values in turn
   */
  static HttpResponse<String> send(String method, URI uri, String body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(Duration.ofSeconds(60))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return CLIENT.send(request.build(), BodyHandlers.ofString());
  }

  /** Sends a JSON-RPC request as MCP clients do. */
  static HttpResponse<String> post(URI uri, String body, String... headers) throws Exception {
    String[] all = Arrays.copyOf(headers, headers.length + 4);
    all[headers.length] = "Content-Type";
    all[headers.length + 1] = "application/json";
    all[headers.length + 2] = "Accept";
    all[headers.length + 3] = "application/json, text/event-stream";
    return send("POST", uri, body, all);
  }

  static String toolCall(String tool, JsonObject arguments) {
    return Json.createObjectBuilder()
        .add("jsonrpc", "2.0")
        .add("id", 2)
        .add("method", "tools/call")
        .add("params", Json.createObjectBuilder().add("name", tool).add("arguments", arguments))
        .build()
        .toString();
  }

  static JsonObject json(HttpResponse<String> response) {
    return Json.createReader(new StringReader(response.body())).readObject();
  }
}
