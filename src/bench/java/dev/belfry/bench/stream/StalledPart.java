package dev.belfry.bench.stream;

import static org.awaitility.Awaitility.await;

import dev.belfry.bench.measure.Figure;
import dev.belfry.bench.measure.Goal;
import dev.belfry.bench.measure.Options;
import dev.belfry.bench.measure.Part;
import dev.belfry.bench.measure.Rounds;
import dev.belfry.cluster.ClusterFiles;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;

/** What clients that do not read cost those that do. */
public final class StalledPart extends Part {
  /** Events are so much larger than the usual ones: the sockets' buffers are to be full soon. */
  private static final int MORE_BYTES = 1_000;

  /** So that it is soon known who is there, and who has gone. */
  private static final Map<String, String> SETTINGS =
      Map.of("belfry.presence.interval", "PT0.5S", "belfry.stream.heartbeat", "PT1S");

  private static final Duration LEAVING = Duration.ofMinutes(1);

  private final ClusterFiles files;
  private final Rounds rounds;
  private final Duration round;
  private final int streams;
  private final int rate;
  private final int backlogSeconds;

  public StalledPart(ClusterFiles files, Options options) {
    this.files = files;
    this.rounds = Rounds.from(options);
    this.round = options.millis("stalled.round-millis", 6_000);
    this.streams = options.number("stalled.streams", 1_000);
    this.rate = options.number("stalled.rate", 50);
    this.backlogSeconds = options.number("stalled.backlog-seconds", 20);
  }

  @Override
  protected void measure() throws InterruptedException {
    findings.condition(
        "%,d streams that are read, %d events/s of about %,d bytes."
            .formatted(streams, rate, MORE_BYTES + 200));
    try (BelfryServer server = new BelfryServer(files, "1g", SETTINGS)) {
      String backlog = StalledClients.currentId(server.stream());
      try (FanoutCrowd crowd = new FanoutCrowd(server, streams, MORE_BYTES)) {
        // Five times as fast as later: this is only to be there.
        crowd.publish(5 * rate, Duration.ofSeconds(backlogSeconds));
        measure(server, crowd, backlog);
      }
    }
  }

  private void measure(BelfryServer server, FanoutCrowd crowd, String backlog)
      throws InterruptedException {
    PresenceCount presence = new PresenceCount(server.replica().uri("/api/presence"));
    Map<String, Callable<Double>> contestants = new LinkedHashMap<>();
    for (int stalled : new int[] {0, 1, 10}) {
      contestants.put(
          "p99 beside %d that do not read".formatted(stalled),
          () -> {
            await().atMost(LEAVING).until(() -> presence.streams() == streams);
            try (StalledClients beside =
                new StalledClients(server.stream(), backlog, presence, stalled, streams)) {
              await().atMost(LEAVING).until(() -> presence.streams() == streams + stalled);
              return crowd.publish(rate, round).latencies().milliseconds(0.99);
            }
          });
    }
    Map<String, Figure> p99 = rounds.of("ms", contestants);
    p99.values().forEach(findings::note);
    Figure none = p99.get("p99 beside 0 that do not read");
    findings.goal(
        Goal.atMost(
            "p99 beside one client that does not read",
            1.25,
            p99.get("p99 beside 1 that do not read"),
            none));
  }
}
