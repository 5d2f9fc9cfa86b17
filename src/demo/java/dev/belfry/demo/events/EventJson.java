package dev.belfry.demo.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.belfry.event.ServerEvent;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import jakarta.json.stream.JsonParser;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Optional;

/** An event as JSON: what clients send, and the JSON-RPC notification that they get. */
final class EventJson {

  private EventJson() {}

  /**
   * Reads {@code {"method": "…", "params": {…}, "topic": "…", "session": "…"}}, or with {@code
   * user} in place of {@code session}. All but the method may be absent, and other members are
   * ignored.
   *
   * @param json text in UTF-8
   * @throws IllegalArgumentException if it is no JSON, or no event; the message says why
   */
  static ServerEvent read(byte[] json) {
    if (!(parse(json) instanceof JsonObject event)) {
      throw new IllegalArgumentException("it must be an object");
    }
    if (!(event.get("method") instanceof JsonString method)) {
      throw new IllegalArgumentException("method must be a string");
    }
    if (!(event.getOrDefault("params", JsonValue.EMPTY_JSON_OBJECT) instanceof JsonObject params)) {
      throw new IllegalArgumentException("params must be an object");
    }
    ServerEvent toEveryone =
        ServerEvent.of(method.getString(), params).onTopic(text(event, "topic").orElse(""));
    return addressed(toEveryone, text(event, "session"), text(event, "user"));
  }

  private static Optional<String> text(JsonObject event, String member) {
    JsonValue value = event.get(member);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof JsonString text) {
      return Optional.of(text.getString());
    }
    throw new IllegalArgumentException(member + " must be a string");
  }

  private static ServerEvent addressed(
      ServerEvent event, Optional<String> session, Optional<String> user) {
    if (session.isPresent() && user.isPresent()) {
      throw new IllegalArgumentException("it can be for a session or for a user, not for both");
    }
    return session.map(event::forSession).or(() -> user.map(event::forUser)).orElse(event);
  }

  private static JsonValue parse(byte[] json) {
    try (JsonParser parser = Json.createParser(new StringReader(decode(json)))) {
      parser.next();
      JsonValue value = parser.getValue();
      // Throws where a reader would take no notice: when something follows.
      parser.hasNext();
      return value;
    } catch (IllegalArgumentException notText) {
      throw notText;
    } catch (RuntimeException invalid) {
      // Not only JsonException: Parsson has no type of its own for what is nested too deeply.
      throw new IllegalArgumentException("it is no JSON", invalid);
    }
  }

  // Strict: the decoder behind a byte stream would replace what is no UTF-8.
  private static String decode(byte[] json) {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
    } catch (CharacterCodingException invalid) {
      throw new IllegalArgumentException("it is no UTF-8", invalid);
    }
  }

  static String notification(ServerEvent event) {
    JsonObjectBuilder notification =
        Json.createObjectBuilder().add("jsonrpc", "2.0").add("method", event.method());
    if (!event.params().isEmpty()) {
      notification.add("params", event.params());
    }
    return notification.build().toString();
  }
}
