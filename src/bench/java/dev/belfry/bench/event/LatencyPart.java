package dev.belfry.bench.event;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.bench.measure.BelfryReplica;
import dev.belfry.bench.measure.BenchDatabase;
import dev.belfry.bench.measure.Figure;
import dev.belfry.bench.measure.Goal;
import dev.belfry.bench.measure.Latencies;
import dev.belfry.bench.measure.Options;
import dev.belfry.bench.measure.Part;
import dev.belfry.bench.measure.Rounds;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** How long it takes from the call that publishes an event until an observer has it. */
public final class LatencyPart extends Part {
  private static final int CONNECTIONS = 64;
  private static final int PUBLISHERS = 8;

  private static final String BELFRY = "Belfry";
  private static final String ORIGINAL = "the original's way, not durable";
  private static final String PLAIN = "the same, heard by a plain pgjdbc loop";

  private static final int LOW = 100;
  private static final int MIDDLE = 2_000;
  private static final int HIGH = 5_000;

  private static final double SOON = 5;
  private static final double LATE = 150;

  private final Path work;
  private final Rounds rounds;
  private final Duration round;

  /**
   * @param work for what servers keep while they run
   */
  public LatencyPart(Path work, Options options) {
    this.work = work;
    this.rounds = Rounds.from(options);
    this.round = options.millis("round-millis", 2_000);
  }

  @Override
  protected void measure() throws InterruptedException {
    findings.condition(
        "%d publishers at an even pace, events of about 200 bytes; every event of every round was heard."
            .formatted(PUBLISHERS));
    try (BenchDatabase database = new BenchDatabase(work.resolve("bench"));
        HikariDataSource pool = database.pool(CONNECTIONS)) {
      BelfryReplica.makeTables(pool);
      Measured low = at(LOW, database, pool);
      findings.goal(
          Goal.atMost(
              "%d events/s, p50: Belfry beside the original's way".formatted(LOW),
              1,
              low.p50(BELFRY),
              low.p50(ORIGINAL)));
      Measured middle = at(MIDDLE, database, pool);
      findings.goal(
          Goal.atMost(
              "%,d events/s, p50: Belfry beside the original's way".formatted(MIDDLE),
              0.6,
              middle.p50(BELFRY),
              middle.p50(ORIGINAL)));
      Measured high = at(HIGH, database, pool);
      findings.goal(
          Goal.within("%,d events/s, p99: Belfry".formatted(HIGH), SOON, high.p99(BELFRY)));
      findings.goal(
          Goal.beyond(
              "%,d events/s, p99: a plain pgjdbc loop beside it".formatted(HIGH),
              LATE,
              high.p99(PLAIN)));
    }
  }

  private Measured at(int rate, BenchDatabase database, HikariDataSource pool)
      throws InterruptedException {
    Map<String, Transport.Opener> openers = new LinkedHashMap<>();
    openers.put(BELFRY, BelfryEvents.blocking(pool));
    openers.put(ORIGINAL, OriginalEvents.prompt(database, pool));
    openers.put(PLAIN, OriginalEvents.plainLoop(database, pool));
    Map<String, List<Double>> slowest = new LinkedHashMap<>();
    Map<String, Callable<Double>> contestants = new LinkedHashMap<>();
    openers.forEach(
        (name, opener) -> {
          slowest.put(name, new ArrayList<>());
          contestants.put(
              name,
              () -> {
                Latencies latencies = Traffic.latencies(opener, PUBLISHERS, rate, round);
                slowest.get(name).add(latencies.milliseconds(0.99));
                return latencies.milliseconds(0.5);
              });
        });
    Measured measured = new Measured(new LinkedHashMap<>(), new LinkedHashMap<>());
    rounds
        .of("ms", contestants)
        .forEach(
            (name, p50) -> {
              String prefix = "%,d events/s: %s".formatted(rate, name);
              measured
                  .p50s()
                  .put(name, findings.note(new Figure(prefix + ", p50", "ms", p50.rounds())));
              // The first round does not count here either.
              List<Double> p99 = slowest.get(name).subList(1, slowest.get(name).size());
              measured.p99s().put(name, findings.note(new Figure(prefix + ", p99", "ms", p99)));
            });
    return measured;
  }

  private record Measured(Map<String, Figure> p50s, Map<String, Figure> p99s) {
    Figure p50(String name) {
      return p50s.get(name);
    }

    Figure p99(String name) {
      return p99s.get(name);
    }
  }
}
