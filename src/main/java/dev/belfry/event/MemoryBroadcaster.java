package dev.belfry.event;

import static java.util.Objects.requireNonNull;

import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Brings events to the subscribers of this process, and to no other. */
public final class MemoryBroadcaster implements Broadcaster {

  private final LocalFanout fanout;
  private final Clock clock;
  private final Instant since;
  private volatile boolean closed;

  /**
   * @param fanout who gets the events; closed with this broadcaster
   * @param clock the time that {@link #status()} speaks of
   */
  public MemoryBroadcaster(LocalFanout fanout, Clock clock) {
    this.fanout = requireNonNull(fanout, "fanout");
    this.clock = requireNonNull(clock, "clock");
    this.since = clock.instant();
  }

  @Override
  public void start() {
    // Delivery happens on the publisher's thread: there is nothing to start.
  }

  @Override
  public void publish(ServerEvent event) {
    requireNonNull(event, "event");
    if (closed) {
      throw new BroadcasterClosedException();
    }
    fanout.deliver(event);
  }

  @Override
  public CompletionStage<Void> publishAsync(ServerEvent event) {
    try {
      publish(event);
      return CompletableFuture.completedStage(null);
    } catch (BroadcasterException failure) {
      return CompletableFuture.failedStage(failure);
    }
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
  public DeliveryStatus status() {
    return closed
        ? new DeliveryStatus(DeliveryState.CLOSED, "closed", since, clock.instant())
        : new DeliveryStatus(
            DeliveryState.LOCAL_ONLY, "the memory backend is configured", since, clock.instant());
  }

  @Override
  public void close() {
    closed = true;
    fanout.close();
  }
}
