package dev.belfry.postgres;

import dev.belfry.event.Audience;
import dev.belfry.event.EventId;
import dev.belfry.event.EventTooLargeException;
import dev.belfry.event.ServerEvent;
import dev.belfry.session.SessionIds;
import jakarta.json.Json;
import jakarta.json.JsonBuilderFactory;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import jakarta.json.JsonReaderFactory;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.util.Map;
import java.util.Optional;

/**
 * How events are written, in the log and in a NOTIFY: {@code {"method": …, "params": …}} as the
 * original writes and reads it, and members that the original ignores. Thread-safe.
 */
final class EventCodec {

  /** How deeply objects and arrays may be nested; JSON readers give up at 1,000. */
  private static final int MAX_DEPTH = 500;

  /** How long a number may be; JSON readers give up at 1,100. */
  private static final int MAX_NUMBER = 1_000;

  private static final JsonReaderFactory READERS = Json.createReaderFactory(Map.of());
  private static final JsonBuilderFactory BUILDERS = Json.createBuilderFactory(Map.of());

  private static final JsonString NO_TOPIC = Json.createValue("");

  private static final String LOSS = "{\"loss\":true}";

  private final int maxBytes;

  /**
   * @param maxBytes how large an event may be, encoded
   */
  EventCodec(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * An entry of the log, ready to be sent.
   *
   * @param json an object
   * @param bytes of the JSON in UTF-8
   */
  record Encoded(String json, int bytes, Visibility visibility) {}

  /** Who may see an entry. */
  enum Visibility {
    /** Also programs that know nothing of topics and audiences. */
    EVERYBODY,
    /** All who are connected to the database and know of these. */
    CONNECTED,
    /**
     * Those who may read the log, because it names a session, by an id that is as good as a key.
     */
    READERS_OF_THE_LOG
  }

  /**
   * @param deliveredBy see {@link LogEntry.Event}
   * @throws EventTooLargeException if it is larger than allowed
   * @throws IllegalArgumentException if it could not be read again
   */
  Encoded encode(ServerEvent event, String deliveredBy) {
    JsonObjectBuilder json = BUILDERS.createObjectBuilder().add("method", event.method());
    if (!event.params().isEmpty()) {
      json.add("params", event.params());
    }
    if (!event.topic().isEmpty()) {
      json.add("topic", event.topic());
    }
    if (event.audience() instanceof Audience.OfSession session) {
      json.add("audience", BUILDERS.createObjectBuilder().add("session", session.sessionId()));
    } else if (event.audience() instanceof Audience.OfUser user) {
      json.add("audience", BUILDERS.createObjectBuilder().add("user", user.userId()));
    } else if (event.audience() instanceof Audience.Nobody) {
      json.add("audience", JsonValue.EMPTY_JSON_OBJECT);
    }
    if (!deliveredBy.isEmpty()) {
      json.add("deliveredBy", deliveredBy);
    }
    String text = json.build().toString();
    requireReadable(text);
    Encoded encoded = new Encoded(text, bytes(text), visibility(event));
    if (encoded.bytes() > maxBytes) {
      throw new EventTooLargeException(event.method(), encoded.bytes(), maxBytes);
    }
    return encoded;
  }

  /** The entry that says that events were lost. */
  static Encoded loss() {
    return new Encoded(LOSS, bytes(LOSS), Visibility.CONNECTED);
  }

  /** What {@link #encode} made, from its parts. */
  static Encoded encoded(String json, int bytes) {
    return new Encoded(
        json,
        bytes,
        parse(json)
            .flatMap(EventCodec::event)
            .map(EventCodec::visibility)
            .orElse(Visibility.READERS_OF_THE_LOG));
  }

  private static Visibility visibility(ServerEvent event) {
    boolean namesSession =
        event.audience() instanceof Audience.OfSession session
            && !SessionIds.isFingerprint(session.sessionId());
    if (namesSession || event.topic().equals(SessionAnnouncements.TOPIC)) {
      return Visibility.READERS_OF_THE_LOG;
    }
    return event.topic().isEmpty() && event.audience() instanceof Audience.Everyone
        ? Visibility.EVERYBODY
        : Visibility.CONNECTED;
  }

  // In UTF-8. Strict, where String.getBytes would put a question mark for half a surrogate pair.
  private static int bytes(String json) {
    int bytes = 0;
    for (int index = 0; index < json.length(); index++) {
      char character = json.charAt(index);
      if (character < 0x80) {
        bytes++;
      } else if (character < 0x800) {
        bytes += 2;
      } else if (!Character.isSurrogate(character)) {
        bytes += 3;
      } else if (Character.isSupplementaryCodePoint(json.codePointAt(index))) {
        bytes += 4;
        index++;
      } else {
        throw new IllegalArgumentException(
            "The event holds half a surrogate pair, which is no Unicode text");
      }
    }
    return bytes;
  }

  // It would be written, and then no replica could read it.
  private static void requireReadable(String json) {
    int depth = 0;
    int number = 0;
    boolean inString = false;
    for (int index = 0; index < json.length(); index++) {
      char character = json.charAt(index);
      if (inString) {
        if (character == '\\') {
          index++;
        } else if (character == '"') {
          inString = false;
        }
        continue;
      }
      boolean isNumber = false;
      switch (character) {
        case '"' -> inString = true;
        case '{', '[' -> depth++;
        case '}', ']' -> depth--;
        case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.', 'e', 'E', '+', '-' ->
            isNumber = true;
        default -> {}
      }
      number = isNumber ? number + 1 : 0;
      if (depth > MAX_DEPTH || number > MAX_NUMBER) {
        throw new IllegalArgumentException(
            "The event is nested more than %d deep, or holds a number of more than %d characters"
                .formatted(MAX_DEPTH, MAX_NUMBER));
      }
    }
  }

  /**
   * Reads an entry of the log.
   *
   * @return empty if it is none that this version knows
   */
  static Optional<LogEntry> decode(String json, EventId id) {
    return parse(json).flatMap(object -> entry(object, id));
  }

  private static Optional<LogEntry> entry(JsonObject json, EventId id) {
    return json.getBoolean("loss", false)
        ? Optional.of(new LogEntry.Loss())
        : event(json)
            .map(event -> new LogEntry.Event(event.at(id), json.getString("deliveredBy", "")));
  }

  /**
   * Reads a notification of whatever writer.
   *
   * @return empty if there is nothing in it that this version knows
   */
  static Optional<Notice> decodeNotice(String payload) {
    return parse(payload).flatMap(EventCodec::notice);
  }

  private static Optional<Notice> notice(JsonObject json) {
    if (json.containsKey("ping")) {
      return Optional.of(new Notice.Ping());
    }
    if (!json.containsKey("offset")) {
      return event(json).map(Notice.Foreign::new);
    }
    return id(json)
        .flatMap(
            id ->
                json.containsKey("method")
                    ? entry(json, id)
                        .filter(LogEntry.Event.class::isInstance)
                        .map(entry -> new Notice.Inline(id, (LogEntry.Event) entry))
                    : Optional.of(new Notice.Reference(id)));
  }

  private static Optional<EventId> id(JsonObject json) {
    try {
      return json.get("epoch") instanceof JsonString epoch
              && json.get("offset") instanceof JsonNumber offset
              && offset.isIntegral()
          ? Optional.of(new EventId(epoch.getString(), offset.longValueExact()))
          : Optional.empty();
    } catch (IllegalArgumentException | ArithmeticException ignored) {
      return Optional.empty(); // Out of range. The caller reports what is no event.
    }
  }

  private static Optional<ServerEvent> event(JsonObject json) {
    JsonValue params = json.getOrDefault("params", JsonValue.EMPTY_JSON_OBJECT);
    if (params == JsonValue.NULL) {
      params = JsonValue.EMPTY_JSON_OBJECT;
    }
    try {
      return json.get("method") instanceof JsonString method && params instanceof JsonObject object
          ? Optional.of(
              new ServerEvent(
                  method.getString(), object, topic(json), audience(json), Optional.empty()))
          : Optional.empty();
    } catch (IllegalArgumentException ignored) {
      // A method or topic that no event can have. The caller reports what is none.
      return Optional.empty();
    }
  }

  private static String topic(JsonObject json) {
    if (json.getOrDefault("topic", NO_TOPIC) instanceof JsonString topic) {
      return topic.getString();
    }
    throw new IllegalArgumentException("The topic is no text");
  }

  // Whoever wrote it meant somebody in particular: nobody, where it cannot be known whom.
  private static Audience audience(JsonObject json) {
    if (!json.containsKey("audience")) {
      return Audience.EVERYONE;
    }
    if (json.get("audience") instanceof JsonObject audience && audience.size() == 1) {
      if (audience.get("session") instanceof JsonString session) {
        return new Audience.OfSession(session.getString());
      }
      if (audience.get("user") instanceof JsonString user) {
        return new Audience.OfUser(user.getString());
      }
    }
    return Audience.NOBODY;
  }

  private static Optional<JsonObject> parse(String json) {
    try (JsonReader reader = READERS.createReader(new StringReader(json))) {
      return reader.readValue() instanceof JsonObject object
          ? Optional.of(object)
          : Optional.empty();
    } catch (RuntimeException ignored) {
      // Not JSON, or nested too deeply, for which Parsson has no type of its own. The caller
      // reports what cannot be decoded, whatever it is.
      return Optional.empty();
    }
  }
}
