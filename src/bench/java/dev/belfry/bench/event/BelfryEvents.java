package dev.belfry.bench.event;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.bench.measure.BenchException;
import dev.belfry.config.BelfrySettings;
import dev.belfry.config.BelfrySettings.SchemaMode;
import dev.belfry.config.Settings;
import dev.belfry.event.Broadcaster;
import dev.belfry.event.CallerTransaction;
import dev.belfry.event.DeliveryMonitor;
import dev.belfry.event.DeliveryObserver;
import dev.belfry.event.DeliveryState;
import dev.belfry.event.EventId;
import dev.belfry.event.LocalFanout;
import dev.belfry.event.PublishOption;
import dev.belfry.event.Reset;
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
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/** Belfry: in the log, durably, before it is accepted. */
final class BelfryEvents implements Transport {
  private static final int START_SECONDS = 30;

  /** How many may be on the way that nobody waits for; far fewer than Belfry refuses. */
  private static final int ON_THE_WAY = 4_000;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
  private final Broadcaster broadcaster;
  private final Semaphore window = new Semaphore(ON_THE_WAY);
  private final boolean waits;

  private BelfryEvents(HikariDataSource pool, LongConsumer ear, boolean waits)
      throws InterruptedException {
    this.waits = waits;
    BelfrySettings settings = Settings.with(Map.of());
    CountDownLatch live = new CountDownLatch(1);
    broadcaster =
        new PostgresBroadcaster(
            new DataSources(pool, pool),
            schema(pool, SchemaMode.NONE),
            settings,
            new LocalFanout(observer(ear)),
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
  static void prepare(HikariDataSource pool) {
    try {
      schema(pool, SchemaMode.CREATE).prepare();
    } catch (SQLException failure) {
      throw new BenchException("Belfry's tables cannot be made: " + failure, failure);
    }
  }

  private static PostgresSchema schema(HikariDataSource pool, SchemaMode mode) {
    return new PostgresSchema(pool, new SessionTable("", "sessions"), mode, Set.of());
  }

  /** Waits for each event. */
  static Opener blocking(HikariDataSource pool) {
    return ear -> new BelfryEvents(pool, ear, true);
  }

  /** Fires and forgets, but for the number on the way. */
  static Opener asynchronous(HikariDataSource pool) {
    return ear -> new BelfryEvents(pool, ear, false);
  }

  private static DeliveryObserver observer(LongConsumer ear) {
    return new DeliveryObserver() {
      @Override
      public void onEvent(ServerEvent event) {
        ear.accept(Mark.sentAt(event));
      }

      @Override
      public void onReset(Reset reset) {
        throw new BenchException("Events were lost: " + reset);
      }

      @Override
      public void onPosition(EventId position) {
        // Where it begins.
      }
    };
  }

  @Override
  public void publish(Mark mark) throws InterruptedException {
    if (waits) {
      broadcaster.publish(mark.event());
      return;
    }
    window.acquire();
    var unused =
        broadcaster
            .publishAsync(mark.event(), PublishOption.PLAIN)
            .whenComplete((place, failure) -> window.release());
  }

  @Override
  public void close() {
    broadcaster.close();
    scheduler.shutdownNow();
    threads.shutdownNow();
  }
}
