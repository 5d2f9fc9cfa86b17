package dev.belfry.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.json.Json;
import jakarta.json.JsonBuilderFactory;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * The answers of the filter to what it does not pass on: an HTTP status and a JSON-RPC 2.0 error.
 * They repeat nothing of the request but its JSON-RPC id, and have none where that is not known:
 * MCP has no id {@code null}.
 */
enum Refusal {
  BODY_INCOMPLETE(400, -32700, "The body could not be read to its end"),
  BODY_NOT_JSON(400, -32700, "The body is not JSON in UTF-8"),
  BODY_NOT_ONE_MESSAGE(400, -32600, "The body is not one JSON-RPC request or notification"),
  BODY_TOO_LARGE(413, -32600, "The body is too large"),
  BODY_TOO_SLOW(408, -32600, "The body took too long to come", "Connection", "close"),
  CREDENTIAL_EXPIRED(
      401,
      -32600,
      "The credential has expired",
      "WWW-Authenticate",
      "Bearer error=\"invalid_token\""),
  CREDENTIAL_REQUIRED(401, -32600, "A credential is required", "WWW-Authenticate", "Bearer"),
  HEADER_MISMATCH(
      400,
      -32020,
      "Header mismatch: MCP-Protocol-Version, Mcp-Method and Mcp-Name must be those of the body"),
  HOST_FORBIDDEN(403, -32600, "Requests to this host name are not allowed"),
  ID_MALFORMED(400, -32600, "Mcp-Session-Id is malformed"),
  ID_REQUIRED(400, -32600, "Mcp-Session-Id is required; send an initialize request first"),
  INITIALIZED_ALREADY(
      400, -32600, "The session is initialized; for another, send initialize without session id"),
  METHOD_NOT_ALLOWED(
      405, -32600, "Protocol version 2026-07-28 has neither GET nor DELETE", "Allow", "POST"),
  METHOD_NOT_FOUND(404, -32601, "Method not found"),
  ORIGIN_FORBIDDEN(403, -32600, "Requests from this origin are not allowed"),
  OWNER_FORBIDDEN(403, -32600, "The session belongs to another owner"),
  PARAMS_INVALID(400, -32602, "Invalid params"),
  META_INVALID(
      400,
      -32602,
      "Invalid params: _meta must have io.modelcontextprotocol/protocolVersion and io.modelcontextprotocol/clientCapabilities"),
  SESSIONS_EXHAUSTED(429, -32600, "The user has too many sessions; end one first"),
  SESSION_UNKNOWN(404, -32001, "Session not found; send an initialize request without session id"),
  VERSION_UNSUPPORTED(400, -32022, "Unsupported protocol version"),
  FAILED(500, -32603, "Sessions cannot be used; the server's log tells why"),
  /** A database that was restarted is usually back after the two seconds. */
  UNAVAILABLE(503, -32603, "Sessions are unavailable at the moment; try again", "Retry-After", "2");

  private static final JsonBuilderFactory BUILDERS = Json.createBuilderFactory(Map.of());

  private final int status;
  private final int code;
  private final String message;

  /** Of a header that goes with it; empty for none. */
  private final String header;

  private final String headerValue;

  Refusal(int status, int code, String message) {
    this(status, code, message, "", "");
  }

  Refusal(int status, int code, String message, String header, String headerValue) {
    this.status = status;
    this.code = code;
    this.message = message;
    this.header = header;
    this.headerValue = headerValue;
  }

  /**
   * @param id of the JSON-RPC request; empty if it is not known
   * @param data what else the client is told; empty for nothing
   */
  void write(HttpServletResponse response, Optional<JsonValue> id, JsonObject data)
      throws IOException {
    response.setStatus(status);
    if (!header.isEmpty()) {
      response.setHeader(header, headerValue);
    }
    byte[] body = json(id, data).toString().getBytes(UTF_8);
    response.setContentType("application/json");
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }

  private JsonObject json(Optional<JsonValue> id, JsonObject data) {
    JsonObjectBuilder error =
        BUILDERS.createObjectBuilder().add("code", code).add("message", message);
    if (!data.isEmpty()) {
      error.add("data", data);
    }
    JsonObjectBuilder answer = BUILDERS.createObjectBuilder().add("jsonrpc", "2.0");
    id.ifPresent(known -> answer.add("id", known));
    return answer.add("error", error).build();
  }
}
