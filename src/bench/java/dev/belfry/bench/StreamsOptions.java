package dev.belfry.bench;

import java.time.Duration;
import java.util.Properties;

/**
 * How much of everything.
 *
 * @param streams that stay open
 * @param eventsPerSecond while it is steady
 * @param steady for how long
 * @param burst how many events at once
 * @param visitsPerSecond clients that come and go on top
 * @param visiting for how long
 * @param heartbeat of the server
 * @param heap of the server, as {@code -Xmx} takes it
 */
record StreamsOptions(
    int streams,
    int eventsPerSecond,
    Duration steady,
    int burst,
    int visitsPerSecond,
    Duration visiting,
    Duration heartbeat,
    String heap) {
  private static final String PREFIX = "bench.streams.";

  static StreamsOptions from(Properties properties) {
    return new StreamsOptions(
        number(properties, "count", 10_000),
        number(properties, "rate", 10),
        Duration.ofSeconds(number(properties, "seconds", 30)),
        // Less than belfry.events.buffer-size: what waits for a client fits, however slow it is.
        number(properties, "burst", 200),
        number(properties, "visits", 1_000),
        Duration.ofSeconds(number(properties, "visit-seconds", 30)),
        Duration.ofSeconds(number(properties, "heartbeat", 15)),
        properties.getProperty(PREFIX + "heap", "1g"));
  }

  private static int number(Properties properties, String leaf, int usual) {
    String value = properties.getProperty(PREFIX + leaf, Integer.toString(usual));
    try {
      int number = Integer.parseInt(value.strip());
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException ignored) {
      // Reported below, like a number out of range.
    }
    throw new BenchException(
        "-D%s%s=%s: must be a whole number from 1.".formatted(PREFIX, leaf, value));
  }
}
