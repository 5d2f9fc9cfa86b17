package dev.belfry.bench.stream;

import dev.belfry.bench.measure.Options;
import java.time.Duration;

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

  static StreamsOptions from(Options options) {
    return new StreamsOptions(
        options.number("streams.count", 10_000),
        options.number("streams.rate", 10),
        Duration.ofSeconds(options.number("streams.seconds", 30)),
        // Less than belfry.events.buffer-size: what waits for a client fits, however slow it is.
        options.number("streams.burst", 200),
        options.number("streams.visits", 1_000),
        Duration.ofSeconds(options.number("streams.visit-seconds", 30)),
        Duration.ofSeconds(options.number("streams.heartbeat", 15)),
        options.text("streams.heap", "1g"));
  }
}
