package dev.belfry.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import jakarta.json.Json;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonReaderFactory;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Map;
import java.util.Optional;

/**
 * A JSON-RPC 2.0 request or notification.
 *
 * @param json has a method, a text, and an id that is a text or a number, or none
 */
record JsonRpcMessage(JsonObject json) {

  private static final JsonReaderFactory READERS = Json.createReaderFactory(Map.of());

  private static final String ID = "id";
  private static final String METHOD = "method";

  JsonRpcMessage {
    requireNonNull(json, "json");
  }

  /** Reads a text as JSON; empty if it is none, or not in UTF-8. */
  static Optional<JsonValue> parse(byte[] text) {
    try {
      return parse(UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString());
    } catch (CharacterCodingException ignored) {
      return Optional.empty(); // The JSON of another encoding is none for MCP.
    }
  }

  /** Reads a text as JSON; empty if it is none. */
  static Optional<JsonValue> parse(String text) {
    try (JsonReader reader = READERS.createReader(new StringReader(text))) {
      return Optional.of(reader.readValue());
    } catch (RuntimeException ignored) {
      // Not JSON, or nested too deeply, for which Parsson has no type of its own.
      return Optional.empty();
    }
  }

  /** A single message; empty if the value is a batch, a response, or anything else. */
  static Optional<JsonRpcMessage> of(JsonValue value) {
    return value instanceof JsonObject object
            && object.get(METHOD) instanceof JsonString
            && (!object.containsKey(ID) || idOf(object).isPresent())
        ? Optional.of(new JsonRpcMessage(object))
        : Optional.empty();
  }

  /** The id that an answer must have; empty if there is none, or none that is allowed. */
  static Optional<JsonValue> idOf(JsonObject message) {
    return Optional.ofNullable(message.get(ID))
        .filter(id -> id instanceof JsonString || id instanceof JsonNumber);
  }

  /** Whether it says of itself that it is JSON-RPC 2.0. */
  boolean isVersion2() {
    return json.get("jsonrpc") instanceof JsonString version && version.getString().equals("2.0");
  }

  /** The id; empty for a notification. */
  Optional<JsonValue> id() {
    return idOf(json);
  }

  String method() {
    return json.getString(METHOD);
  }

  /** The parameters; without members if there are none by name. */
  JsonObject params() {
    return member(json, "params");
  }

  /** A parameter that is an object; without members if there is none. */
  JsonObject paramsMember(String name) {
    return member(params(), name);
  }

  /** The {@code _meta} of the parameters; without members if there is none. */
  Meta meta() {
    return new Meta(paramsMember("_meta"));
  }

  private static JsonObject member(JsonObject object, String name) {
    return object.get(name) instanceof JsonObject member ? member : JsonValue.EMPTY_JSON_OBJECT;
  }

  /** What requests since revision 2026-07-28 say of themselves. */
  record Meta(JsonObject json) {

    private static final String PREFIX = "io.modelcontextprotocol/";

    /** The revision; empty if there is none that is a text. */
    Optional<String> protocolVersion() {
      return json.get(PREFIX + "protocolVersion") instanceof JsonString version
          ? Optional.of(version.getString())
          : Optional.empty();
    }

    /** Whether what is required is there. */
    boolean isComplete() {
      return protocolVersion().isPresent()
          && json.get(PREFIX + "clientCapabilities") instanceof JsonObject;
    }

    /** All of it; what is missing has no members. */
    Negotiated negotiated() {
      return new Negotiated(
          protocolVersion().orElse(""),
          member(json, PREFIX + "clientInfo"),
          member(json, PREFIX + "clientCapabilities"));
    }
  }
}
