package dev.belfry.conformance;

import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.Optional;

/**
 * A request of a client.
 *
 * @param message as it came
 * @param capabilities the client's: of its session, or of this request
 */
record Call(JsonObject message, JsonObject capabilities) {

  static final String VERSION = "io.modelcontextprotocol/protocolVersion";
  static final String CAPABILITIES = "io.modelcontextprotocol/clientCapabilities";

  /** Reads a request of the revision without sessions. */
  static Call stateless(JsonObject message) {
    return new Call(message, object(meta(message), CAPABILITIES));
  }

  /** Whether the message is of the revision without sessions. */
  static boolean isStateless(JsonObject message) {
    return meta(message).containsKey(VERSION);
  }

  private static JsonObject meta(JsonObject message) {
    return object(object(message, "params"), "_meta");
  }

  /** A member that is an object; empty if it is none. */
  static JsonObject object(JsonObject parent, String name) {
    return parent.get(name) instanceof JsonObject object ? object : JsonValue.EMPTY_JSON_OBJECT;
  }

  JsonValue id() {
    return message.get("id");
  }

  String method() {
    return message.getString("method");
  }

  JsonObject params() {
    return object(message, "params");
  }

  JsonObject meta() {
    return meta(message);
  }

  boolean isStateless() {
    return isStateless(message);
  }

  /** A text among the parameters, which must be there. */
  String text(String name) {
    return text(params(), name);
  }

  /** A text among the arguments, which must be there. */
  String argument(String name) {
    return text(object(params(), "arguments"), name);
  }

  private static String text(JsonObject object, String name) {
    return Optional.ofNullable(object.get(name))
        .filter(JsonString.class::isInstance)
        .map(value -> ((JsonString) value).getString())
        .orElseThrow(() -> RpcException.invalidParams(name + " must be a text"));
  }

  /**
   * Sees to it that the client can do something.
   *
   * @throws RpcException if it has not said so
   */
  void requireCapability(String name) {
    if (!capabilities.containsKey(name)) {
      throw RpcException.missingCapability(name);
    }
  }
}
