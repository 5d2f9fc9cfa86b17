package dev.belfry.conformance;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import jakarta.servlet.http.HttpServletResponse;

/** A request that is answered with a JSON-RPC error. */
final class RpcException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final int code;
  private final transient JsonObject data;

  private RpcException(int status, int code, String message, JsonObject data) {
    super(message);
    this.status = status;
    this.code = code;
    this.data = data;
  }

  static RpcException invalidParams(String message) {
    return invalidParams(message, JsonValue.EMPTY_JSON_OBJECT);
  }

  static RpcException invalidParams(String message, JsonObject data) {
    return new RpcException(HttpServletResponse.SC_OK, -32602, message, data);
  }

  /** The client was asked something, and nothing came. */
  static RpcException noAnswer(Exception cause) {
    RpcException failure =
        new RpcException(
            HttpServletResponse.SC_OK, -32603, "No answer came", JsonValue.EMPTY_JSON_OBJECT);
    failure.initCause(cause);
    return failure;
  }

  static RpcException unknownMethod() {
    return new RpcException(
        HttpServletResponse.SC_NOT_FOUND, -32601, "Method not found", JsonValue.EMPTY_JSON_OBJECT);
  }

  static RpcException missingCapability(String name) {
    JsonObject required =
        Json.createObjectBuilder()
            .add(
                "requiredCapabilities",
                Json.createObjectBuilder().add(name, JsonValue.EMPTY_JSON_OBJECT))
            .build();
    return new RpcException(
        HttpServletResponse.SC_BAD_REQUEST, -32021, "The client cannot do " + name, required);
  }

  /** With which HTTP status it is answered in the revision without sessions. */
  int status() {
    return status;
  }

  JsonObject toJson() {
    var error = Json.createObjectBuilder().add("code", code).add("message", getMessage());
    if (!data.isEmpty()) {
      error.add("data", data);
    }
    return error.build();
  }
}
