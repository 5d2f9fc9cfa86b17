package dev.belfry.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;

class MemoryBroadcasterTest extends BroadcasterContract {

  private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();

  @Override
  protected Broadcaster createBroadcaster(LocalFanout fanout) {
    return new MemoryBroadcaster(
        fanout,
        transaction,
        scheduler,
        Clock.systemUTC(),
        new MemoryBroadcaster.Limits(
            1_000, Duration.ofHours(1), Duration.ofHours(1), Duration.ofMillis(200)));
  }

  @AfterEach
  void stop() {
    assertThat(scheduler.shutdownNow()).isEmpty();
  }
}
