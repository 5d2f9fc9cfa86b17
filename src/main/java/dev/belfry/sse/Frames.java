package dev.belfry.sse;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.belfry.event.EventId;
import dev.belfry.event.Reset;
import dev.belfry.event.ServerEvent;
import jakarta.json.Json;
import jakarta.json.JsonBuilderFactory;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The bytes of a stream (HTML standard, section 9.2.6). Thread-safe. */
final class Frames {

  private static final JsonBuilderFactory BUILDERS = Json.createBuilderFactory(Map.of());

  /** A comment: no client sees it, no proxy takes the connection for idle. */
  static final byte[] HEARTBEAT = ": heartbeat\n\n".getBytes(UTF_8);

  private final long retry;
  private final List<String> resetNotifications;

  /**
   * @param retry how long a client should wait at least before it comes back
   * @param resetNotifications what the stream of a session says when events are missing
   */
  Frames(Duration retry, List<String> resetNotifications) {
    this.retry = retry.toMillis();
    this.resetNotifications = List.copyOf(resetNotifications);
  }

  /**
   * The first bytes of every stream: it is open, and goes on after this place. Without {@code data}
   * a client would not take notice of it.
   */
  byte[] primer(Optional<EventId> place) {
    return (place.map(Frames::id).orElse("") + retry() + "data:\n\n").getBytes(UTF_8);
  }

  /** The last bytes of a stream that the client should open again. */
  byte[] farewell(Optional<EventId> place) {
    return (place.map(Frames::id).orElse("") + retry() + "\n").getBytes(UTF_8);
  }

  /** A heartbeat from which the client learns that it has come to this place without a frame. */
  static byte[] heartbeat(EventId place) {
    return (": heartbeat\n" + id(place) + "\n").getBytes(UTF_8);
  }

  /**
   * An event as a JSON-RPC 2.0 notification. JSON text has no line breaks here, so one line does.
   */
  static byte[] event(ServerEvent event) {
    return notification(event.id(), event.method(), event.params()).getBytes(UTF_8);
  }

  /** Events are missing: an event of its own, with the details. */
  static byte[] reset(Reset reset) {
    JsonObject details =
        BUILDERS
            .createObjectBuilder()
            .add("reason", reset.reason().name().toLowerCase(Locale.ROOT))
            .add("earliest", reset.earliest().toString())
            .add("latest", reset.latest().toString())
            .build();
    return ("event: reset\n" + id(reset.latest()) + "data: " + details + "\n\n").getBytes(UTF_8);
  }

  /** Events are missing, for the clients of sessions: they understand JSON-RPC and nothing else. */
  byte[] sessionReset(Reset reset) {
    if (resetNotifications.isEmpty()) {
      return (id(reset.latest()) + "data:\n\n").getBytes(UTF_8);
    }
    return resetNotifications.stream()
        .map(
            method ->
                notification(Optional.of(reset.latest()), method, JsonObject.EMPTY_JSON_OBJECT))
        .collect(Collectors.joining())
        .getBytes(UTF_8);
  }

  private static String notification(Optional<EventId> place, String method, JsonObject params) {
    JsonObjectBuilder notification =
        BUILDERS.createObjectBuilder().add("jsonrpc", "2.0").add("method", method);
    if (!params.isEmpty()) {
      notification.add("params", params);
    }
    return place.map(Frames::id).orElse("") + "data: " + notification.build() + "\n\n";
  }

  /** All of them, one after the other. */
  static byte[] inOne(byte[]... frames) {
    ByteBuffer all = ByteBuffer.allocate(Stream.of(frames).mapToInt(frame -> frame.length).sum());
    Stream.of(frames).forEach(all::put);
    return all.array();
  }

  private static String id(EventId place) {
    return "id: " + place + "\n";
  }

  // Up to twice the time, at random: clients that were cut off together do not return together.
  private String retry() {
    return "retry: " + (retry + ThreadLocalRandom.current().nextLong(retry + 1)) + "\n";
  }
}
