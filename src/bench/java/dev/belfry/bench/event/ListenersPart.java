package dev.belfry.bench.event;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.bench.measure.BelfryReplica;
import dev.belfry.bench.measure.BenchDatabase;
import dev.belfry.bench.measure.BenchException;
import dev.belfry.bench.measure.Figure;
import dev.belfry.bench.measure.Goal;
import dev.belfry.bench.measure.Options;
import dev.belfry.bench.measure.Part;
import dev.belfry.bench.measure.Rounds;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.LongAdder;

/** What publishing is like when many replicas listen: PostgreSQL wakes each of them. */
public final class ListenersPart extends Part {
  private static final int CONNECTIONS = 64;
  private static final int PUBLISHERS = 32;

  /** The usual one of Belfry; what is not published by it is heard by these as well. */
  private static final String CHANNEL = "mcp_notifications";

  private final Path work;
  private final Rounds rounds;
  private final Duration round;
  private final int listeners;

  /**
   * @param work for what servers keep while they run
   */
  public ListenersPart(Path work, Options options) {
    this.work = work;
    this.rounds = Rounds.from(options);
    this.round = options.millis("round-millis", 2_000);
    this.listeners = options.number("listeners", 50);
  }

  @Override
  protected void measure() throws InterruptedException {
    findings.condition(
        "%d publishers; %d connections that listen, all of which get every event, and one subscriber."
            .formatted(PUBLISHERS, listeners));
    try (BenchDatabase database = new BenchDatabase(work.resolve("bench"));
        HikariDataSource pool = database.pool(CONNECTIONS)) {
      BelfryReplica.makeTables(pool);
      Map<String, Callable<Double>> contestants = new LinkedHashMap<>();
      contestants.put("Belfry", () -> perSecond(database, CHANNEL, BelfryEvents.blocking(pool)));
      contestants.put(
          "the original's way, not durable",
          () -> perSecond(database, OriginalEvents.CHANNEL, OriginalEvents.prompt(database, pool)));
      List<Figure> figures = List.copyOf(rounds.of("events/s", contestants).values());
      figures.forEach(findings::note);
      findings.goal(
          Goal.atLeast(
              "%d listeners: Belfry beside the original's way".formatted(listeners),
              10,
              figures.get(0),
              figures.get(1)));
    }
  }

  private double perSecond(BenchDatabase database, String channel, Transport.Opener opener)
      throws Exception {
    LongAdder heard = new LongAdder();
    List<ListenerSocket> replicas = new ArrayList<>();
    try {
      for (int replica = 0; replica < listeners; replica++) {
        replicas.add(new ListenerSocket(database.port(), channel, payload -> heard.increment()));
      }
      double rate = Traffic.perSecond(opener, PUBLISHERS, round);
      if (heard.sum() == 0) {
        throw new BenchException("The simulated replicas heard nothing.");
      }
      return rate;
    } finally {
      close(replicas);
    }
  }

  private static void close(List<ListenerSocket> replicas) throws IOException {
    for (ListenerSocket replica : replicas) {
      replica.close();
    }
  }
}
