package dev.belfry.container;

import dev.belfry.event.Broadcaster;
import dev.belfry.event.DeliveryState;
import dev.belfry.event.DeliveryStatus;
import dev.belfry.event.LocalFanout;
import dev.belfry.event.MemoryBroadcaster;
import dev.belfry.event.ServerEvent;
import dev.belfry.event.Subscription;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Alternative;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.CompletionStage;

/** A broadcaster whose loop has stopped turning. */
@Alternative
@Priority(1)
@ApplicationScoped
public class StuckBroadcaster implements Broadcaster {

  private final Broadcaster memory =
      new MemoryBroadcaster(new LocalFanout(event -> {}), Clock.systemUTC());

  @Override
  public void start() {
    memory.start();
  }

  @Override
  public void publish(ServerEvent event) {
    memory.publish(event);
  }

  @Override
  public CompletionStage<Void> publishAsync(ServerEvent event) {
    return memory.publishAsync(event);
  }

  @Override
  public Subscription subscribe(int capacity) {
    return memory.subscribe(capacity);
  }

  @Override
  public int subscriberCount() {
    return memory.subscriberCount();
  }

  @Override
  public DeliveryStatus status() {
    return new DeliveryStatus(DeliveryState.LIVE, "stuck", Instant.EPOCH, Instant.EPOCH);
  }

  @Override
  public void close() {
    memory.close();
  }
}
