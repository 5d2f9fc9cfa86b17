package dev.belfry.http;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonReaderFactory;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** As much of JSON-RPC 2.0 as the filter has to understand. */
final class JsonRpc {

  private static final JsonReaderFactory READERS = Json.createReaderFactory(Map.of());

  private static final String EVENT_STREAM = "text/event-stream";

  private JsonRpc() {}

  /** The method of a single request or notification; empty if the text is none. */
  static Optional<String> method(String text) {
    return object(text)
        .map(message -> message.get("method"))
        .filter(JsonString.class::isInstance)
        .map(method -> ((JsonString) method).getString());
  }

  /**
   * Whether a whole answer is a result, neither an error nor anything else.
   *
   * @param contentType of the answer; null if it has none. The messages of an event stream are
   *     understood too
   */
  static boolean isResult(String contentType, String text) {
    return message(contentType, text).filter(JsonRpc::hasResult).isPresent();
  }

  /** Whether the beginning of an answer may be that of a result. */
  static boolean mayBecomeResult(String contentType, String text) {
    return contentType != null
        && (contentType.startsWith(EVENT_STREAM) || contentType.startsWith("application/json"))
        && message(contentType, text).map(JsonRpc::hasResult).orElse(true);
  }

  private static boolean hasResult(JsonObject message) {
    return message.containsKey("result");
  }

  private static Optional<JsonObject> message(String contentType, String text) {
    boolean stream = contentType != null && contentType.startsWith(EVENT_STREAM);
    return object(stream ? data(text) : text);
  }

  private static String data(String eventStream) {
    return eventStream
        .lines()
        .filter(line -> line.startsWith("data:"))
        .map(line -> line.substring("data:".length()))
        .collect(Collectors.joining("\n"));
  }

  private static Optional<JsonObject> object(String text) {
    try (JsonReader reader = READERS.createReader(new StringReader(text))) {
      JsonValue value = reader.readValue();
      return value instanceof JsonObject object ? Optional.of(object) : Optional.empty();
    } catch (RuntimeException ignored) {
      // Not JSON, or nested too deeply, for which Parsson has no type of its own: no message.
      return Optional.empty();
    }
  }
}
