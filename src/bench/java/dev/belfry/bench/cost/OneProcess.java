package dev.belfry.bench.cost;

import dev.belfry.event.CallerTransaction;
import dev.belfry.event.DeliveryObserver;
import dev.belfry.event.EventId;
import dev.belfry.event.LocalFanout;
import dev.belfry.event.MemoryBroadcaster;
import dev.belfry.event.MemoryBroadcaster.Limits;
import dev.belfry.event.Reset;
import dev.belfry.event.ServerEvent;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** Events that need no database, and what belongs to them. To be closed. */
public final class OneProcess implements AutoCloseable {
  private static final Limits LIMITS =
      new Limits(1_000, Duration.ofHours(1), Duration.ofHours(1), Duration.ofSeconds(1));

  private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
  private final MemoryBroadcaster broadcaster =
      new MemoryBroadcaster(
          new LocalFanout(new Nobody()),
          CallerTransaction.NONE,
          scheduler,
          Clock.systemUTC(),
          LIMITS);

  public MemoryBroadcaster broadcaster() {
    return broadcaster;
  }

  @Override
  public void close() {
    broadcaster.close();
    scheduler.shutdownNow();
  }

  private static final class Nobody implements DeliveryObserver {
    @Override
    public void onEvent(ServerEvent event) {
      // Subscribers hear it.
    }

    @Override
    public void onReset(Reset reset) {
      throw new IllegalStateException("Events were lost: " + reset);
    }

    @Override
    public void onPosition(EventId position) {
      // Where it begins.
    }
  }
}
