package dev.belfry.bench.event;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.bench.measure.BelfryReplica;
import dev.belfry.event.PublishOption;
import java.util.concurrent.Semaphore;
import java.util.function.LongConsumer;

/** Belfry: in the log, durably, before it is accepted. */
final class BelfryEvents implements Transport {

  /** How many may be on the way that nobody waits for; far fewer than Belfry refuses. */
  private static final int ON_THE_WAY = 4_000;

  private final BelfryReplica replica;
  private final Semaphore window = new Semaphore(ON_THE_WAY);
  private final boolean waits;

  private BelfryEvents(HikariDataSource pool, LongConsumer ear, boolean waits)
      throws InterruptedException {
    this.waits = waits;
    this.replica = new BelfryReplica(pool, event -> ear.accept(Mark.sentAt(event)));
  }

  /** Waits for each event. */
  static Opener blocking(HikariDataSource pool) {
    return ear -> new BelfryEvents(pool, ear, true);
  }

  /** Fires and forgets, but for the number on the way. */
  static Opener asynchronous(HikariDataSource pool) {
    return ear -> new BelfryEvents(pool, ear, false);
  }

  @Override
  public void publish(Mark mark) throws InterruptedException {
    if (waits) {
      replica.broadcaster().publish(mark.event());
      return;
    }
    window.acquire();
    var unused =
        replica
            .broadcaster()
            .publishAsync(mark.event(), PublishOption.PLAIN)
            .whenComplete((place, failure) -> window.release());
  }

  @Override
  public void close() {
    replica.close();
  }
}
