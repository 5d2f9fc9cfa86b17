package dev.belfry.bench.stream;

import dev.belfry.bench.measure.Rounds;
import dev.belfry.bench.measure.Series;
import dev.belfry.cluster.ClusterFiles;
import java.time.Duration;

/** What a delivery costs as streams become more. */
public final class StreamGrowth {
  private static final int EVENTS_PER_SECOND = 20;

  private final ClusterFiles files;
  private final Rounds rounds;
  private final Duration round;
  private final int streams;

  /**
   * @param streams at 1×
   */
  public StreamGrowth(ClusterFiles files, Rounds rounds, Duration round, int streams) {
    this.files = files;
    this.rounds = rounds;
    this.round = round;
    this.streams = streams;
  }

  /** The server's processor time for each delivery. */
  public Series deliveries() throws InterruptedException {
    try (BelfryServer server = new BelfryServer(files, "1g")) {
      return Series.measure(
          "delivery to a stream, by streams",
          "%,d streams at 1×, %d events/s".formatted(streams, EVENTS_PER_SECOND),
          "µs",
          rounds,
          multiple ->
              () -> {
                try (FanoutCrowd crowd = new FanoutCrowd(server, streams * multiple)) {
                  return crowd.publish(EVENTS_PER_SECOND, round).microsecondsPerDelivery();
                }
              });
    }
  }
}
