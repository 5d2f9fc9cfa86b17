package dev.belfry.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.belfry.event.EventTooLargeException;
import dev.belfry.event.ServerEvent;
import jakarta.json.Json;
import jakarta.json.JsonBuilderFactory;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import jakarta.json.JsonReaderFactory;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How an event travels in a NOTIFY: {@code {"method": …, "params": …}}, as the original writes and
 * reads it, and members that the original ignores. Thread-safe.
 */
final class NotifyPayload {

  /** In bytes. PostgreSQL refuses 8,000, whatever the channel's name. */
  static final int MAX_BYTES = 7_999;

  private static final JsonReaderFactory READERS = Json.createReaderFactory(Map.of());
  private static final JsonBuilderFactory BUILDERS = Json.createBuilderFactory(Map.of());

  /** Tells the events of this process from all others. */
  private final String origin = UUID.randomUUID().toString();

  private final AtomicLong sequence = new AtomicLong();

  /**
   * @throws EventTooLargeException if the event does not fit
   */
  String encode(ServerEvent event) {
    JsonObjectBuilder payload = BUILDERS.createObjectBuilder().add("method", event.method());
    if (!event.params().isEmpty()) {
      payload.add("params", event.params());
    }
    // PostgreSQL delivers equal payloads of one transaction once: no two may be equal.
    payload.add("origin", origin).add("sequence", sequence.incrementAndGet());
    String encoded = payload.build().toString();
    int bytes = encoded.getBytes(UTF_8).length;
    if (bytes > MAX_BYTES) {
      throw new EventTooLargeException(event.method(), bytes, MAX_BYTES);
    }
    return encoded;
  }

  /** The event in a payload of whatever writer; empty if there is none in it. */
  static Optional<ServerEvent> decode(String payload) {
    try (JsonReader reader = READERS.createReader(new StringReader(payload))) {
      return reader.readValue() instanceof JsonObject object
              && object.get("method") instanceof JsonString method
              && !method.getString().isBlank()
          ? params(object).map(params -> new ServerEvent(method.getString(), params))
          : Optional.empty();
    } catch (RuntimeException ignored) {
      // Not JSON, or nested too deeply, for which Parsson has no type of its own. The caller
      // reports what cannot be decoded, whatever it is.
      return Optional.empty();
    }
  }

  private static Optional<JsonObject> params(JsonObject payload) {
    JsonValue params = payload.getOrDefault("params", JsonValue.NULL);
    if (params instanceof JsonObject object) {
      return Optional.of(object);
    }
    return params == JsonValue.NULL ? Optional.of(JsonValue.EMPTY_JSON_OBJECT) : Optional.empty();
  }
}
