package dev.belfry.clients;

import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The client of the official MCP SDK for Java. It opens its stream once: when that has ended, of
 * old age or with its connection, 2.1.0 does not open another, and does not tell its user. It shows
 * each notification on a thread of its own, so that two of the same moment may change places.
 */
final class JavaSdkClient implements McpStreamClient {

  private final McpSyncClient client;
  private final Received received = new Received();

  JavaSdkClient(URI base) {
    client =
        McpClient.sync(
                HttpClientStreamableHttpTransport.builder(base.toString())
                    .resumableStreams(true)
                    .addHttpRequestCustomizer(
                        (request, method, uri, body, context) ->
                            request.header("Authorization", "Bearer java-sdk"))
                    .build())
            .loggingConsumer(message -> received.add(message.data()))
            .build();
  }

  @Override
  public void connect() {
    client.initialize();
  }

  @Override
  public List<String> received() {
    return received.all();
  }

  @Override
  public String call(String tool, Map<String, String> arguments) {
    CallToolResult result =
        client.callTool(CallToolRequest.builder(tool).arguments(Map.copyOf(arguments)).build());
    return ((TextContent) result.content().get(0)).text();
  }

  @Override
  public Set<String> tools() {
    return client.listTools().tools().stream().map(Tool::name).collect(Collectors.toSet());
  }

  @Override
  public void close() {
    client.closeGracefully();
  }
}
