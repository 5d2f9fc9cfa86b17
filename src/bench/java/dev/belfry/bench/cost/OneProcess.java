package dev.belfry.bench.cost;

import dev.belfry.bench.measure.EveryEvent;
import dev.belfry.event.CallerTransaction;
import dev.belfry.event.LocalFanout;
import dev.belfry.event.MemoryBroadcaster;
import dev.belfry.event.MemoryBroadcaster.Limits;
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
          new LocalFanout(new EveryEvent(event -> {})),
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
}
