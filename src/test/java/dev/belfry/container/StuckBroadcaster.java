package dev.belfry.container;

import dev.belfry.event.Broadcaster;
import dev.belfry.event.DeliveryObserver;
import dev.belfry.event.DeliveryState;
import dev.belfry.event.DeliveryStatus;
import dev.belfry.event.EventId;
import dev.belfry.event.LocalFanout;
import dev.belfry.event.PublishOption;
import dev.belfry.event.Replay;
import dev.belfry.event.Reset;
import dev.belfry.event.ServerEvent;
import dev.belfry.event.Subscription;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Alternative;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A broadcaster whose loop has stopped turning: nothing that is published arrives. */
@Alternative
@Priority(1)
@ApplicationScoped
public class StuckBroadcaster implements Broadcaster, DeliveryObserver {

  private final LocalFanout fanout = new LocalFanout(this);

  @Override
  public void start() {}

  @Override
  public Optional<EventId> publish(ServerEvent event, PublishOption option) {
    return Optional.empty();
  }

  @Override
  public CompletionStage<Optional<EventId>> publishAsync(ServerEvent event, PublishOption option) {
    return CompletableFuture.completedStage(Optional.empty());
  }

  @Override
  public Subscription subscribe(int capacity) {
    return fanout.subscribe(capacity);
  }

  @Override
  public int subscriberCount() {
    return fanout.subscriberCount();
  }

  @Override
  public Optional<EventId> latest() {
    return fanout.latest();
  }

  @Override
  public Replay replay(EventId after) {
    return new Replay.Events(List.of(), after, true);
  }

  @Override
  public int trim() {
    return 0;
  }

  @Override
  public DeliveryStatus status() {
    return new DeliveryStatus(DeliveryState.LIVE, "stuck", Instant.EPOCH, Instant.EPOCH);
  }

  @Override
  public void close() {
    fanout.close();
  }

  @Override
  public void onEvent(ServerEvent event) {}

  @Override
  public void onReset(Reset reset) {}

  @Override
  public void onPosition(EventId position) {}
}
