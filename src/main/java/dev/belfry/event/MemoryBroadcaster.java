package dev.belfry.event;

import static java.util.Objects.requireNonNull;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Brings events to the subscribers of this process, and to no other; its log ends with it. */
public final class MemoryBroadcaster implements Broadcaster {

  private final LocalFanout fanout;
  private final CallerTransaction transaction;
  private final ScheduledExecutorService scheduler;
  private final Clock clock;
  private final Limits limits;
  private final Instant since;

  /** Guarded by this, as is all below. */
  private final MemoryLog log;

  private final Map<String, Published> byIdempotencyKey = new LinkedHashMap<>();
  private final Map<String, ServerEvent> coalescing = new HashMap<>();
  private volatile boolean closed;

  /**
   * What is kept, and for how long.
   *
   * @param events how many in the log
   * @param age of an event in the log
   * @param idempotencyRetention of the keys
   * @param coalescingWindow for how long events of the same key become one
   */
  public record Limits(
      int events, Duration age, Duration idempotencyRetention, Duration coalescingWindow) {}

  /**
   * @param fanout who gets the events; closed with this broadcaster
   * @param transaction of those who publish
   * @param scheduler publishes coalesced events when their time has come
   * @param clock the time that is told and measured with
   */
  public MemoryBroadcaster(
      LocalFanout fanout,
      CallerTransaction transaction,
      ScheduledExecutorService scheduler,
      Clock clock,
      Limits limits) {
    this.fanout = requireNonNull(fanout, "fanout");
    this.transaction = requireNonNull(transaction, "transaction");
    this.scheduler = requireNonNull(scheduler, "scheduler");
    this.clock = requireNonNull(clock, "clock");
    this.limits = requireNonNull(limits, "limits");
    this.since = clock.instant();
    this.log = new MemoryLog(clock, limits.events(), limits.age());
    fanout.position(log.latest());
  }

  @Override
  public void start() {
    // Delivery happens on the publisher's thread: there is nothing to start.
  }

  @Override
  public Optional<EventId> publish(ServerEvent event, PublishOption option) {
    event.requirePublishable();
    requireNonNull(option, "option");
    requireOpen();
    if (transaction.isActive()) {
      transaction.afterCommit(() -> publishNow(event, option));
      return Optional.empty();
    }
    return publishNow(event, option);
  }

  @Override
  public Optional<EventId> tellReplicas(ServerEvent entry) {
    entry.requireInternal();
    requireOpen();
    return Optional.of(append(entry));
  }

  private Optional<EventId> publishNow(ServerEvent event, PublishOption option) {
    if (option instanceof PublishOption.Idempotent idempotent) {
      return Optional.of(publishOnce(idempotent.key(), event));
    }
    if (option instanceof PublishOption.Coalesced coalesced) {
      publishLater(coalesced.key(), event);
      return Optional.empty();
    }
    return Optional.of(append(event));
  }

  private synchronized EventId append(ServerEvent event) {
    ServerEvent placed = log.append(event);
    fanout.deliver(placed);
    return placed.id().orElseThrow();
  }

  private synchronized EventId publishOnce(String key, ServerEvent event) {
    Instant now = clock.instant();
    // In the order in which they were kept, and all for the same time.
    Iterator<Published> oldest = byIdempotencyKey.values().iterator();
    while (oldest.hasNext() && !oldest.next().keptUntil().isAfter(now)) {
      oldest.remove();
    }
    Published earlier = byIdempotencyKey.get(key);
    if (earlier != null) {
      return earlier.id();
    }
    EventId id = append(event);
    byIdempotencyKey.put(key, new Published(id, now.plus(limits.idempotencyRetention())));
    return id;
  }

  private synchronized void publishLater(String key, ServerEvent event) {
    if (coalescing.put(key, event) != null) {
      return; // Somebody waits for this key already, and will find the newer event.
    }
    try {
      // Nobody waits for it: all that may fail is an observer, and the fan-out reports that.
      ScheduledFuture<?> unused =
          scheduler.schedule(
              () -> publishCoalesced(key),
              limits.coalescingWindow().toNanos(),
              TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException stopping) {
      coalescing.remove(key);
      throw new BroadcasterUnavailableException("The server takes no more tasks", stopping);
    }
  }

  private synchronized void publishCoalesced(String key) {
    ServerEvent event = coalescing.remove(key);
    if (!closed) {
      append(event);
    }
  }

  @Override
  public CompletionStage<Optional<EventId>> publishAsync(ServerEvent event, PublishOption option) {
    event.requirePublishable();
    requireNonNull(option, "option");
    try {
      requireOpen();
      return CompletableFuture.completedStage(publishNow(event, option));
    } catch (BroadcasterException failure) {
      return CompletableFuture.failedStage(failure);
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new BroadcasterClosedException();
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
  public Optional<EventId> latest() {
    return fanout.latest();
  }

  @Override
  public synchronized Replay replay(EventId after) {
    return log.replay(after);
  }

  @Override
  public synchronized int trim() {
    return log.trim();
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

  private record Published(EventId id, Instant keptUntil) {}
}
