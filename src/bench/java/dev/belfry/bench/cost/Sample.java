package dev.belfry.bench.cost;

import dev.belfry.event.ServerEvent;
import jakarta.json.Json;

/** Events of any size. */
public final class Sample {
  public static final int SMALL = 200;
  public static final int LARGE = 8_000;

  /** Of the resource that they are about. */
  public static final String URI = "file:///report.json";

  private static final String METHOD = "notifications/resources/updated";

  /** Of the JSON, all but the text. */
  private static final int REST = 93;

  private Sample() {}

  /**
   * For everyone.
   *
   * @param bytes how large it is as JSON, as it is in the log
   */
  public static ServerEvent event(int bytes) {
    return ServerEvent.of(
        METHOD,
        Json.createObjectBuilder().add("uri", URI).add("text", "x".repeat(bytes - REST)).build());
  }
}
