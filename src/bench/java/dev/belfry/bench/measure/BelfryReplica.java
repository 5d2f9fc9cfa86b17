package dev.belfry.bench.measure;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.config.BelfrySettings.SchemaMode;
import dev.belfry.config.Settings;
import dev.belfry.event.CallerTransaction;
import dev.belfry.event.DeliveryMonitor;
import dev.belfry.event.DeliveryState;
import dev.belfry.event.LocalFanout;
import dev.belfry.event.ServerEvent;
import dev.belfry.postgres.PostgresBroadcaster;
import dev.belfry.postgres.PostgresBroadcaster.DataSources;
import dev.belfry.postgres.PostgresBroadcaster.Threads;
import dev.belfry.postgres.PostgresSchema;
import dev.belfry.postgres.SessionTable;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Belfry's events as one replica of an application has them, without the application. */
public final class BelfryReplica implements AutoCloseable {

  /** Belfry's table of sessions, beside those of the others. */
  public static final String SESSIONS = "sessions";

  private static final int START_SECONDS = 30;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
  private final PostgresBroadcaster broadcaster;

  /**
   * Returns when it listens.
   *
   * @param pool of a database with Belfry's tables
   * @param heard every event
   */
  public BelfryReplica(HikariDataSource pool, Consumer<ServerEvent> heard)
      throws InterruptedException {
    CountDownLatch live = new CountDownLatch(1);
    broadcaster =
        new PostgresBroadcaster(
            new DataSources(pool, pool),
            schema(pool, SchemaMode.NONE),
            Settings.with(Map.of()),
            new LocalFanout(new EveryEvent(heard)),
            new DeliveryMonitor(
                Clock.systemUTC(),
                change -> {
                  if (change.to() == DeliveryState.LIVE) {
                    live.countDown();
                  }
                }),
            CallerTransaction.NONE,
            new Threads(threads, scheduler));
    broadcaster.start();
    if (!live.await(START_SECONDS, TimeUnit.SECONDS)) {
      close();
      throw new BenchException("Belfry does not listen: " + broadcaster.status());
    }
  }

  /** Makes Belfry's tables. */
  public static void makeTables(HikariDataSource pool) {
    try {
      schema(pool, SchemaMode.CREATE).prepare();
    } catch (SQLException failure) {
      throw new BenchException("Belfry's tables cannot be made: " + failure, failure);
    }
  }

  private static PostgresSchema schema(HikariDataSource pool, SchemaMode mode) {
    return new PostgresSchema(pool, new SessionTable("", SESSIONS), mode, Set.of());
  }

  public PostgresBroadcaster broadcaster() {
    return broadcaster;
  }

  @Override
  public void close() {
    broadcaster.close();
    scheduler.shutdownNow();
    threads.shutdownNow();
  }
}
