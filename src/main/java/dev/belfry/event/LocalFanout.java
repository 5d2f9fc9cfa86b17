package dev.belfry.event;

import static java.util.Objects.requireNonNull;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Brings an event to all that want it in this process: one observer, called at once, and any number
 * of subscriptions, which never make it wait.
 */
public final class LocalFanout implements AutoCloseable {

  private static final Logger LOG = System.getLogger(LocalFanout.class.getName());

  private final Consumer<ServerEvent> observer;
  private final List<BufferedSubscription> subscriptions = new CopyOnWriteArrayList<>();
  private volatile boolean closed;

  /** Guarded by this, as is the flag. */
  private final Queue<ServerEvent> pending = new ArrayDeque<>();

  private boolean delivering;

  /**
   * @param observer called with every event, in order, on the delivering thread; must not block.
   *     What it throws is logged and does not stop the delivery
   */
  public LocalFanout(Consumer<ServerEvent> observer) {
    this.observer = requireNonNull(observer, "observer");
  }

  /**
   * Delivers one event. Callers on several threads are served one after the other; an event that an
   * observer publishes comes after the one that it observes.
   */
  public synchronized void deliver(ServerEvent event) {
    pending.add(event);
    if (delivering) {
      return; // Called by an observer: the call further up this thread's stack goes on with it.
    }
    delivering = true;
    try {
      while (!pending.isEmpty() && !closed) {
        deliverToAll(pending.remove());
      }
    } finally {
      delivering = false;
    }
  }

  // Boundary to foreign code: whatever an application's observer throws, an Error too, costs the
  // subscribers nothing, and does not end the loop that delivers.
  private void deliverToAll(ServerEvent event) {
    try {
      observer.accept(event);
    } catch (RuntimeException | Error failure) {
      LOG.log(Level.ERROR, "An observer of event " + event.method() + " failed", failure);
    }
    subscriptions.forEach(subscription -> subscription.add(event));
  }

  /** See {@link Broadcaster#subscribe}. */
  public Subscription subscribe(int capacity) {
    BufferedSubscription subscription = new BufferedSubscription(capacity, subscriptions::remove);
    subscriptions.add(subscription);
    // Checked after adding: either close() sees the subscription, or this sees that it is closed.
    if (closed) {
      subscription.close();
    }
    return subscription;
  }

  /** See {@link Broadcaster#subscriberCount}. */
  public int subscriberCount() {
    return subscriptions.size();
  }

  /** Closes every subscription, now and later. Idempotent. */
  @Override
  public void close() {
    closed = true;
    subscriptions.forEach(Subscription::close);
  }
}
