package dev.belfry.event;

import java.time.Duration;
import java.util.Optional;

/** One subscriber's events, in order, waiting to be taken. Thread-safe. */
public interface Subscription extends AutoCloseable {

  /**
   * Takes the next event, waiting for one if need be.
   *
   * @param wait how long at most; zero not to wait
   * @return the event; empty if none came in time, or if the subscription is closed and all its
   *     events were taken
   * @throws SubscriptionOverflowException if events were lost after the last one taken, because too
   *     many were waiting; nothing further comes from this subscription
   * @throws EventsLostException if events that should have come after the last one taken never
   *     will; nothing further comes from this subscription
   * @throws InterruptedException if the thread was interrupted while it waited
   */
  Optional<ServerEvent> next(Duration wait) throws InterruptedException;

  /**
   * Whether no further event will be added: closed, overflowed, interrupted by a loss, or the
   * broadcaster is closed.
   */
  boolean isClosed();

  /** Ends the subscription. Idempotent. */
  @Override
  void close();
}
