package dev.belfry.demo.mcp;

import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.server.McpStatelessServerHandler;
import io.modelcontextprotocol.spec.McpSchema.Implementation;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpSchema.ServerCapabilities;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;

/**
 * What SDK 2.1.0 does not know yet of the protocol's revision 2026-07-28: {@code server/discover},
 * and the members that results have since then. The filter has checked the request, and listens for
 * the client itself.
 */
record StatelessRevision(
    McpStatelessServerHandler handler,
    McpJsonMapper json,
    Implementation server,
    ServerCapabilities capabilities)
    implements McpStatelessServerHandler {

  private static final String REVISION = "io.modelcontextprotocol/protocolVersion";
  private static final String SERVER_INFO = "io.modelcontextprotocol/serverInfo";
  private static final TypeRef<Map<String, Object>> MEMBERS = new TypeRef<>() {};

  /** All that the filter lets through where nothing else is configured. */
  private static final List<String> REVISIONS =
      List.of("2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28");

  @Override
  public Mono<JSONRPCResponse> handleRequest(McpTransportContext context, JSONRPCRequest request) {
    if (!isOfThisRevision(request)) {
      return handler.handleRequest(context, request);
    }
    if (request.method().equals("server/discover")) {
      return Mono.just(JSONRPCResponse.result(request.id(), completed(discovery())));
    }
    return handler
        .handleRequest(context, request)
        .map(
            response ->
                response.error() == null
                    ? JSONRPCResponse.result(request.id(), completed(response.result()))
                    : response);
  }

  @Override
  public Mono<Void> handleNotification(
      McpTransportContext context, JSONRPCNotification notification) {
    return handler.handleNotification(context, notification);
  }

  private static boolean isOfThisRevision(JSONRPCRequest request) {
    return request.params() instanceof Map<?, ?> params
        && params.get("_meta") instanceof Map<?, ?> meta
        && meta.containsKey(REVISION);
  }

  private Map<String, Object> discovery() {
    return Map.of("supportedVersions", REVISIONS, "capabilities", capabilities);
  }

  // The tools change whenever somebody adds one: no list is good for any time.
  private Map<String, Object> completed(Object result) {
    Map<String, Object> members = new LinkedHashMap<>(json.convertValue(result, MEMBERS));
    members.put("resultType", "complete");
    members.put("ttlMs", 0);
    members.put("cacheScope", "private");
    members.put("_meta", Map.of(SERVER_INFO, server));
    return members;
  }
}
