package dev.belfry.session;

import static java.util.Objects.requireNonNull;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * Tells an observer what has happened, one event at a time and in the order in which it happened.
 * Thread-safe; holds no lock that an observer could wait for.
 */
final class SessionAnnouncements {

  private static final Logger LOG = System.getLogger(SessionAnnouncements.class.getName());

  private final Queue<SessionEvent> pending = new ConcurrentLinkedQueue<>();

  /**
   * Held by the thread that tells the observer; not reentrant, since observers may cause events.
   */
  private final Semaphore delivery = new Semaphore(1);

  private final Consumer<SessionEvent> observer;

  SessionAnnouncements(Consumer<SessionEvent> observer) {
    this.observer = requireNonNull(observer, "observer");
  }

  /** Notes what is to be told. The order of these calls is the order of the events. */
  void add(SessionEvent event) {
    pending.add(event);
  }

  /** Tells what was noted, or leaves it to the thread that is at it already. */
  void deliver() {
    // Again after each release: somebody may have left an event to us in between.
    while (!pending.isEmpty() && delivery.tryAcquire()) {
      try {
        deliverPending();
      } finally {
        delivery.release();
      }
    }
  }

  private void deliverPending() {
    for (SessionEvent event = pending.poll(); event != null; event = pending.poll()) {
      try {
        observer.accept(event);
      } catch (RuntimeException e) {
        LOG.log(Level.WARNING, "An observer failed on " + event, e);
      }
    }
  }
}
