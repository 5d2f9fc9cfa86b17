package dev.belfry.bench.event;

import dev.belfry.event.ServerEvent;
import jakarta.json.Json;
import jakarta.json.JsonBuilderFactory;
import jakarta.json.JsonObject;
import java.util.Map;

/**
 * An event of about 200 bytes that knows when it was published.
 *
 * @param sentAt {@link System#nanoTime} just before
 */
record Mark(long number, long sentAt) {
  private static final JsonBuilderFactory BUILDERS = Json.createBuilderFactory(Map.of());
  private static final String METHOD = "notifications/resources/updated";
  private static final String URI = "file:///projects/belfry/reports/2026/quarter-4/figures.json";
  private static final String AT = "\"at\":";

  /** For Belfry. */
  ServerEvent event() {
    return ServerEvent.of(METHOD, params());
  }

  private JsonObject params() {
    return BUILDERS
        .createObjectBuilder()
        .add("uri", URI)
        .add("number", number)
        .add("at", sentAt)
        .add("etag", "d2f1e6c0-6a4b-4b3e-9d0e-0f5c1a7b8e21")
        .build();
  }

  static long sentAt(ServerEvent event) {
    return event.params().getJsonNumber("at").longValue();
  }

  /** For those who take text: the same bytes. */
  String json() {
    return "{\"method\":\"%s\",\"params\":%s}".formatted(METHOD, params());
  }

  // A JSON parser here would be work that not every peer has to do.
  static long sentAt(String json) {
    int start = json.indexOf(AT) + AT.length();
    int end = start;
    while (Character.isDigit(json.charAt(end)) || json.charAt(end) == '-') {
      end++;
    }
    return Long.parseLong(json, start, end, 10);
  }
}
