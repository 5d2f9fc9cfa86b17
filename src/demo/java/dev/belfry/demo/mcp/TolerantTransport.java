package dev.belfry.demo.mcp;

import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.server.McpStatelessServerHandler;
import io.modelcontextprotocol.spec.McpSchema.ErrorCodes;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse.JSONRPCError;
import io.modelcontextprotocol.spec.McpStatelessServerTransport;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Mono;

/**
 * Takes from clients what SDK 2.1.0's stateless server makes too much of. It has a handler for no
 * notification, and logs a warning for each {@code notifications/initialized}, which every client
 * sends; it answers a request without its parameters with HTTP 500; and it answers one with
 * parameters of wrong types with the text of an exception, class names included.
 *
 * @param around what else is to be done with requests
 */
record TolerantTransport(
    McpStatelessServerTransport transport, UnaryOperator<McpStatelessServerHandler> around)
    implements McpStatelessServerTransport {

  private static final Logger LOG = System.getLogger(TolerantTransport.class.getName());

  @Override
  public void setMcpHandler(McpStatelessServerHandler handler) {
    transport.setMcpHandler(around.apply(new TolerantHandler(handler)));
  }

  @Override
  public List<String> protocolVersions() {
    return transport.protocolVersions();
  }

  @Override
  public Mono<Void> closeGracefully() {
    return transport.closeGracefully();
  }

  private record TolerantHandler(McpStatelessServerHandler handler)
      implements McpStatelessServerHandler {

    @Override
    public Mono<JSONRPCResponse> handleRequest(
        McpTransportContext context, JSONRPCRequest request) {
      try {
        return handler.handleRequest(context, request).map(TolerantHandler::withoutInternals);
      } catch (RuntimeException unreadable) {
        LOG.log(Level.DEBUG, "A request's parameters could not be read", unreadable);
        JSONRPCError error = new JSONRPCError(ErrorCodes.INVALID_PARAMS, "Invalid params");
        return Mono.just(JSONRPCResponse.error(request.id(), error));
      }
    }

    private static JSONRPCResponse withoutInternals(JSONRPCResponse response) {
      if (response.error() == null || response.error().code() != ErrorCodes.INTERNAL_ERROR) {
        return response;
      }
      LOG.log(Level.DEBUG, "A request failed: {0}", response.error().message());
      JSONRPCError error = new JSONRPCError(ErrorCodes.INTERNAL_ERROR, "Internal error");
      return JSONRPCResponse.error(response.id(), error);
    }

    @Override
    public Mono<Void> handleNotification(
        McpTransportContext context, JSONRPCNotification notification) {
      return Mono.empty();
    }
  }
}
