package dev.belfry.bench.event;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.bench.measure.BelfryReplica;
import dev.belfry.bench.measure.BenchDatabase;
import dev.belfry.bench.measure.Rounds;
import dev.belfry.bench.measure.Series;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What an event costs as the log grows, and as those who listen become more. */
public final class EventGrowth {
  private static final int PUBLISHERS = 32;
  private static final String CHANNEL = "mcp_notifications";
  private static final double MICROSECONDS = 1e6;

  private final BenchDatabase database;
  private final HikariDataSource pool;
  private final Rounds rounds;
  private final Duration round;
  private final int logged;

  /**
   * @param logged how many events are in the log at 1×
   */
  public EventGrowth(
      BenchDatabase database, HikariDataSource pool, Rounds rounds, Duration round, int logged) {
    this.database = database;
    this.pool = pool;
    this.rounds = rounds;
    this.round = round;
    this.logged = logged;
    BelfryReplica.makeTables(pool);
  }

  /** With so many events in the log. */
  public Series logged() throws InterruptedException {
    return Series.measure(
        "publish, by events in the log",
        "%,d events at 1×, %d publishers".formatted(logged, PUBLISHERS),
        "µs",
        rounds,
        multiple ->
            () -> {
              fill(logged * multiple);
              return MICROSECONDS
                  / Traffic.perSecond(BelfryEvents.blocking(pool), PUBLISHERS, round);
            });
  }

  private void fill(int events) throws Exception {
    database.execute("TRUNCATE belfry_log, belfry_epoch, belfry_event");
    Ear ear = new Ear();
    try (Transport filling = BelfryEvents.asynchronous(pool).open(ear)) {
      for (long number = 0; number < events; number++) {
        filling.publish(new Mark(number, System.nanoTime()));
      }
      ear.awaitAll(events);
    }
    database.execute("VACUUM ANALYZE belfry_event");
  }

  /** With so many replicas that listen, for each that hears it. */
  public Series listeners() throws InterruptedException {
    return Series.measure(
        "publish, by replicas that listen, for each",
        "1 replica beside the publisher at 1×",
        "µs",
        rounds,
        multiple ->
            () -> {
              List<ListenerSocket> replicas = new ArrayList<>();
              try {
                for (int replica = 0; replica < multiple; replica++) {
                  replicas.add(new ListenerSocket(database.port(), CHANNEL, payload -> {}));
                }
                double rate = Traffic.perSecond(BelfryEvents.blocking(pool), PUBLISHERS, round);
                return MICROSECONDS / rate / (multiple + 1);
              } finally {
                close(replicas);
              }
            });
  }

  private static void close(List<ListenerSocket> replicas) throws IOException {
    for (ListenerSocket replica : replicas) {
      replica.close();
    }
  }
}
