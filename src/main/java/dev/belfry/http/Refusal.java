package dev.belfry.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.json.Json;
import jakarta.json.JsonValue;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * The answers of the filter to what it does not pass on: an HTTP status and a JSON-RPC 2.0 error.
 * They repeat nothing of the request.
 */
enum Refusal {
  BODY_MALFORMED(400, -32700, "The body is no JSON-RPC request"),
  BODY_TOO_LARGE(413, -32600, "The body is too large"),
  ID_MALFORMED(400, -32600, "Mcp-Session-Id is malformed"),
  ID_REQUIRED(400, -32600, "Mcp-Session-Id is required; send an initialize request first"),
  ORIGIN_FORBIDDEN(403, -32600, "Requests from this origin are not allowed"),
  OWNER_FORBIDDEN(403, -32600, "The session belongs to another owner"),
  REVISION_UNSUPPORTED(400, -32600, "MCP-Protocol-Version is not supported"),
  SESSIONS_EXHAUSTED(429, -32600, "The user has too many sessions; end one first"),
  SESSION_UNKNOWN(404, -32001, "Session not found; send an initialize request without session id"),
  FAILED(500, -32603, "Sessions cannot be used; the server's log tells why"),
  UNAVAILABLE(503, -32603, "Sessions are unavailable at the moment; try again");

  /** Seconds; a database that was restarted is usually back by then. */
  private static final String RETRY_AFTER = "2";

  private final int status;
  private final int code;
  private final String message;

  Refusal(int status, int code, String message) {
    this.status = status;
    this.code = code;
    this.message = message;
  }

  void write(HttpServletResponse response) throws IOException {
    response.setStatus(status);
    if (this == UNAVAILABLE) {
      response.setHeader("Retry-After", RETRY_AFTER);
    }
    byte[] body =
        Json.createObjectBuilder()
            .add("jsonrpc", "2.0")
            .add("id", JsonValue.NULL)
            .add("error", Json.createObjectBuilder().add("code", code).add("message", message))
            .build()
            .toString()
            .getBytes(UTF_8);
    response.setContentType("application/json");
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }
}
