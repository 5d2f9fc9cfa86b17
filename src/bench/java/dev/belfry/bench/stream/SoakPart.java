package dev.belfry.bench.stream;

import dev.belfry.bench.measure.Figure;
import dev.belfry.bench.measure.Goal;
import dev.belfry.bench.measure.Options;
import dev.belfry.bench.measure.Part;
import dev.belfry.bench.measure.ServerGauge;
import dev.belfry.bench.stream.FanoutCrowd.Outcome;
import dev.belfry.cluster.ClusterFiles;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What many streams take of the memory in the long run. */
public final class SoakPart extends Part {
  private static final double MIB = 1024 * 1024;
  private static final String HEAP = "1g";
  private static final int EVENTS_PER_SECOND = 10;

  /** Compared are the second and the last: in the first, pools and caches grow as they should. */
  private static final int FIFTHS = 5;

  private final ClusterFiles files;
  private final int streams;
  private final int seconds;
  private final int looks;

  public SoakPart(ClusterFiles files, Options options) {
    this.files = files;
    this.streams = options.number("soak.streams", 10_000);
    this.looks = FIFTHS * options.number("soak.looks-per-fifth", 20);
    this.seconds = options.number("soak.seconds", 600);
  }

  @Override
  protected void measure() throws InterruptedException {
    findings.condition(
        "%,d public streams and %d events/s for %d s; one replica with -Xmx%s."
            .formatted(streams, EVENTS_PER_SECOND, seconds, HEAP));
    try (BelfryServer server = new BelfryServer(files, HEAP);
        FanoutCrowd crowd = new FanoutCrowd(server, streams)) {
      measure(new ServerGauge(server.replica().pid()), crowd);
    }
  }

  private void measure(ServerGauge gauge, FanoutCrowd crowd) throws InterruptedException {
    List<Double> resident = new ArrayList<>();
    long lost = 0;
    Duration turn = Duration.ofSeconds(seconds).dividedBy(looks);
    for (int look = 0; look < looks; look++) {
      Outcome outcome = crowd.publish(EVENTS_PER_SECOND, turn);
      lost += outcome.lost() + outcome.misplaced();
      resident.add(gauge.residentBytes() / MIB);
    }
    int fifth = looks / FIFTHS;
    Figure second =
        findings.note(
            new Figure(
                "resident memory, second fifth of the time",
                "MiB",
                resident.subList(fifth, 2 * fifth)));
    Figure last =
        findings.note(
            new Figure(
                "resident memory, last fifth of the time",
                "MiB",
                resident.subList(looks - fifth, looks)));
    findings.goal(Goal.atMost("resident memory, last fifth beside the second", 1.1, last, second));
    findings.goal(
        new Goal(
            "%,d streams in a heap of %s lose nothing".formatted(streams, HEAP),
            lost + " deliveries lost or out of order",
            lost == 0));
  }
}
