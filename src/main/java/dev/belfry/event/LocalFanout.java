package dev.belfry.event;

import static java.util.Objects.requireNonNull;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Brings an event to all that want it in this process: one observer, called at once, and any number
 * of subscriptions, which never make it wait.
 */
public final class LocalFanout implements AutoCloseable {

  private static final Logger LOG = System.getLogger(LocalFanout.class.getName());

  private final DeliveryObserver observer;
  private final List<BufferedSubscription> subscriptions = new CopyOnWriteArrayList<>();
  private volatile Optional<EventId> latest = Optional.empty();
  private volatile boolean closed;

  /** Guarded by this, as is the flag. */
  private final Queue<Runnable> pending = new ArrayDeque<>();

  private boolean delivering;

  /**
   * @param observer called on the delivering thread
   */
  public LocalFanout(DeliveryObserver observer) {
    this.observer = requireNonNull(observer, "observer");
  }

  /**
   * Delivers one event. Callers on several threads are served one after the other; an event that an
   * observer publishes comes after the one that it observes.
   */
  public void deliver(ServerEvent event) {
    inTurn(
        () -> {
          if (event.isInternal()) {
            observe("entry " + event.method(), () -> observer.onPassed(new Passed(event)));
          } else {
            observe("event " + event.method(), () -> observer.onEvent(event));
            subscriptions.forEach(subscription -> subscription.add(event));
          }
          event.id().ifPresent(this::moveTo);
        });
  }

  /** Tells everybody that events are missing. Ends the subscriptions. */
  public void reset(Reset reset) {
    inTurn(
        () -> {
          observe("a reset", () -> observer.onReset(reset));
          subscriptions.forEach(subscription -> subscription.reset(reset));
          moveTo(reset.latest());
        });
  }

  /** Goes on after a place in the log without an event. */
  public void position(EventId place) {
    inTurn(
        () -> {
          observe("a position", () -> observer.onPosition(place));
          moveTo(place);
        });
  }

  /**
   * The place in the log after which delivery goes on: all before it has reached everybody. Empty
   * as long as no log has been reached.
   */
  public Optional<EventId> latest() {
    return latest;
  }

  // Last of all: who sees the new place can rely on it that the event has been delivered.
  private void moveTo(EventId place) {
    latest = Optional.of(place);
  }

  private synchronized void inTurn(Runnable delivery) {
    pending.add(delivery);
    if (delivering) {
      return; // Called by an observer: the call further up this thread's stack goes on with it.
    }
    delivering = true;
    try {
      while (!pending.isEmpty() && !closed) {
        pending.remove().run();
      }
    } finally {
      delivering = false;
    }
  }

  // Boundary to foreign code: whatever an application's observer throws, an Error too, costs the
  // subscribers nothing, and does not end the loop that delivers.
  private static void observe(String what, Runnable observation) {
    try {
      observation.run();
    } catch (RuntimeException | Error failure) {
      LOG.log(Level.ERROR, "An observer of " + what + " failed", failure);
    }
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
