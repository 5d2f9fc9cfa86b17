package dev.belfry.bench.session;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.bench.measure.BenchDatabase;
import dev.belfry.bench.measure.BenchException;
import dev.belfry.config.BelfrySettings;
import dev.belfry.config.Settings;
import dev.belfry.event.CallerTransaction;
import dev.belfry.event.DeliveryMonitor;
import dev.belfry.event.DeliveryObserver;
import dev.belfry.event.DeliveryState;
import dev.belfry.event.EventId;
import dev.belfry.event.LocalFanout;
import dev.belfry.event.Reset;
import dev.belfry.event.ServerEvent;
import dev.belfry.postgres.OutboxBell;
import dev.belfry.postgres.PostgresBroadcaster;
import dev.belfry.postgres.PostgresSchema;
import dev.belfry.postgres.SessionTable;
import java.time.Clock;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** What a replica does with what sessions announce: moves it to the log, follows it, hears it. */
final class BelfryReplica implements AutoCloseable {
  private static final int START_SECONDS = 30;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
  private final PostgresBroadcaster broadcaster;

  /**
   * Returns when it listens.
   *
   * @param bell of the sessions
   */
  BelfryReplica(BenchDatabase database, HikariDataSource pool, OutboxBell bell)
      throws InterruptedException {
    BelfrySettings settings = Settings.with(Map.of());
    CountDownLatch live = new CountDownLatch(1);
    broadcaster =
        new PostgresBroadcaster(
            new PostgresBroadcaster.DataSources(pool, database.direct()),
            new PostgresSchema(
                pool,
                new SessionTable("", SessionData.BELFRY_TABLE),
                BelfrySettings.SchemaMode.CREATE,
                Set.of()),
            settings,
            new LocalFanout(new Nobody()),
            new DeliveryMonitor(
                Clock.systemUTC(),
                change -> {
                  if (change.to() == DeliveryState.LIVE) {
                    live.countDown();
                  }
                }),
            CallerTransaction.NONE,
            new PostgresBroadcaster.Threads(threads, scheduler));
    broadcaster.listenTo(bell);
    broadcaster.start();
    if (!live.await(START_SECONDS, TimeUnit.SECONDS)) {
      close();
      throw new BenchException("Belfry does not listen: " + broadcaster.status());
    }
  }

  @Override
  public void close() {
    broadcaster.close();
    scheduler.shutdownNow();
    threads.shutdownNow();
  }

  private static final class Nobody implements DeliveryObserver {
    @Override
    public void onEvent(ServerEvent event) {
      // Nobody is interested.
    }

    @Override
    public void onReset(Reset reset) {
      // Nor in that.
    }

    @Override
    public void onPosition(EventId position) {
      // Nor in that.
    }
  }
}
