package dev.belfry.event;

import java.util.concurrent.CompletionStage;

/**
 * Brings an event published on one replica to the subscribers of all, the publishing one's own
 * included.
 *
 * <p>All replicas deliver the events of one publisher in the order in which they were published.
 * Thread-safe.
 */
public interface Broadcaster extends AutoCloseable {

  /**
   * Begins to receive. Returns when events published from now on, anywhere, reach this replica's
   * subscribers, or when what is configured for the case that they do not is in force. Idempotent.
   *
   * @throws BroadcasterException if receiving is impossible and nothing is configured to take its
   *     place
   */
  void start();

  /**
   * Publishes an event and returns when the backend has accepted it; it is delivered a little
   * later. Blocks.
   *
   * @throws EventTooLargeException if the backend cannot carry it; nothing was published
   * @throws BroadcasterException if the backend refused it or could not be reached
   * @throws BroadcasterClosedException after {@link #close()}
   */
  void publish(ServerEvent event);

  /**
   * Publishes an event without waiting for the backend. Events given by one thread are published in
   * that order. Not part of the caller's transaction: the event is published whether or not that
   * commits.
   *
   * @return completes when {@link #publish} would have returned, and fails with what it would have
   *     thrown; what depends on it may run on the publishing thread, and must not block
   */
  CompletionStage<Void> publishAsync(ServerEvent event);

  /**
   * Subscribes to all events from now on.
   *
   * @param capacity how many events may wait for the subscriber; at least 1. One more ends the
   *     subscription, see {@link Subscription#next}
   * @return the subscription; already closed if the broadcaster is
   */
  Subscription subscribe(int capacity);

  /** How many subscriptions of this replica are open. */
  int subscriberCount();

  /** How delivery to this replica stands. */
  DeliveryStatus status();

  /**
   * Stops receiving and closes every subscription. Waits a bounded time for what is under way.
   * Idempotent.
   */
  @Override
  void close();
}
