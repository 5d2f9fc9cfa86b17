package dev.belfry.sse;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.belfry.event.ServerEvent;
import jakarta.json.Json;
import jakarta.json.JsonBuilderFactory;
import jakarta.json.JsonObjectBuilder;
import java.time.Duration;
import java.util.Map;

/** The bytes of a stream (HTML standard, section 9.2.6). */
final class Frames {

  private static final JsonBuilderFactory BUILDERS = Json.createBuilderFactory(Map.of());

  /** A comment: no client sees it, no proxy takes the connection for idle. */
  static final byte[] HEARTBEAT = ": heartbeat\n\n".getBytes(UTF_8);

  private Frames() {}

  /**
   * The first bytes of every stream: it is open, and this is how long to wait before coming back.
   * Without {@code data} a client would not take notice of it.
   */
  static byte[] primer(Duration retry) {
    return "retry: %d\ndata:\n\n".formatted(retry.toMillis()).getBytes(UTF_8);
  }

  /**
   * An event as a JSON-RPC 2.0 notification. JSON text has no line breaks here, so one line does.
   */
  static byte[] event(ServerEvent event) {
    JsonObjectBuilder notification =
        BUILDERS.createObjectBuilder().add("jsonrpc", "2.0").add("method", event.method());
    if (!event.params().isEmpty()) {
      notification.add("params", event.params());
    }
    return ("data: " + notification.build() + "\n\n").getBytes(UTF_8);
  }
}
