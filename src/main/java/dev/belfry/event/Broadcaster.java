package dev.belfry.event;

import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Brings an event published on one replica to the subscribers of all, the publishing one's own
 * included.
 *
 * <p>Events go into a log, which gives them their order: all replicas deliver them in that order,
 * each once, and what a replica or a client has missed can be had again from the log for as long as
 * it keeps it. Thread-safe.
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

  /** Publishes an event as it is, see {@link #publish(ServerEvent, PublishOption)}. */
  default Optional<EventId> publish(ServerEvent event) {
    return publish(event, PublishOption.PLAIN);
  }

  /**
   * Publishes an event. Blocks.
   *
   * <p>Without a transaction of the caller's, returns when the event is in the log and will not be
   * lost; it is delivered a little later. Within one (JTA), the event is published right after the
   * commit, and not at all if that does not come; the order within the transaction is kept.
   *
   * @param event where it has an id, of an event that was received, that is not looked at
   * @return the event's place in the log; empty if it has none yet: with a transaction, or if it is
   *     coalesced, or while delivery is {@link DeliveryState#LOCAL_ONLY}
   * @throws EventTooLargeException if it is larger than configured; nothing was published
   * @throws BroadcasterUnavailableException if the backend could not be reached, or was too slow:
   *     try again. Where the message says that the outcome is unknown, {@link
   *     PublishOption#idempotent} makes that safe
   * @throws BroadcasterException if the backend refused it
   * @throws BroadcasterClosedException after {@link #close()}
   */
  Optional<EventId> publish(ServerEvent event, PublishOption option);

  /** See {@link #publishAsync(ServerEvent, PublishOption)}. */
  default CompletionStage<Optional<EventId>> publishAsync(ServerEvent event) {
    return publishAsync(event, PublishOption.PLAIN);
  }

  /**
   * Publishes an event without waiting for the backend. Events given by one thread are published in
   * that order. Not part of the caller's transaction: the event is published whether or not that
   * commits.
   *
   * @return completes when {@link #publish} would have returned, and fails with what it would have
   *     thrown, and if too many events wait already; what depends on it may run on the publishing
   *     thread, and must not block
   */
  CompletionStage<Optional<EventId>> publishAsync(ServerEvent event, PublishOption option);

  /**
   * Tells all replicas something of Belfry's own, in the order of the log. Blocks. Not for
   * applications, and never part of a transaction.
   *
   * @param entry its topic begins with {@code belfry:}
   * @return its place in the log; empty if there are no other replicas that could be told
   * @throws BroadcasterException as {@link #publish(ServerEvent, PublishOption)}
   */
  default Optional<EventId> tellReplicas(ServerEvent entry) {
    return Optional.empty();
  }

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

  /**
   * The place in the log up to which everything has been delivered on this replica; empty as long
   * as no log has been reached.
   */
  Optional<EventId> latest();

  /**
   * Reads from the log, a bounded number of events and bytes at a time. Blocks.
   *
   * @param after the events after this one are read; {@link EventId#UNKNOWN} for an id that could
   *     not be read
   * @throws BroadcasterException if the backend refused it or could not be reached
   */
  Replay replay(EventId after);

  /**
   * Removes from the log what is older, or more, than it is to keep. Any replica may, at any time.
   * Blocks.
   *
   * @return how many events were removed
   * @throws BroadcasterException if the backend refused it or could not be reached
   */
  int trim();

  /** How delivery to this replica stands. */
  DeliveryStatus status();

  /**
   * Stops receiving and closes every subscription. Waits a bounded time for what is under way.
   * Idempotent.
   */
  @Override
  void close();
}
