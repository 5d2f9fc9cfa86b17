package dev.belfry.event;

import static java.util.Objects.requireNonNull;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * Knows how delivery to this replica stands; every change is one line of the log and one call of
 * the observer. Thread-safe.
 */
public final class DeliveryMonitor {

  private static final Logger LOG = System.getLogger(DeliveryMonitor.class.getName());

  private final Clock clock;
  private final Consumer<DeliveryStateChanged> observer;
  private final AtomicReference<DeliveryStatus> status;

  /**
   * @param clock the time that {@link #status()} speaks of
   * @param observer called with every change, in order, on the thread that made it
   */
  public DeliveryMonitor(Clock clock, Consumer<DeliveryStateChanged> observer) {
    this.clock = requireNonNull(clock, "clock");
    this.observer = requireNonNull(observer, "observer");
    Instant now = clock.instant();
    this.status =
        new AtomicReference<>(
            new DeliveryStatus(DeliveryState.CONNECTING, "not started", now, now));
  }

  /** How delivery stands. */
  public DeliveryStatus status() {
    return status.get();
  }

  /** Notes that the part that receives is alive. */
  public void turn() {
    Instant now = clock.instant();
    status.updateAndGet(
        current -> new DeliveryStatus(current.state(), current.reason(), current.since(), now));
  }

  /** Notes that the state is as it was, but for another reason now: that is worth a line too. */
  public synchronized void explain(String reason) {
    DeliveryStatus current = status.get();
    if (!reason.equals(current.reason()) && current.state() != DeliveryState.CLOSED) {
      status.set(new DeliveryStatus(current.state(), reason, current.since(), clock.instant()));
      LOG.log(Level.WARNING, "Event delivery is still {0}: {1}", current.state(), reason);
    }
  }

  /**
   * Notes the state. Nothing happens if it is that state already, or if delivery is closed for
   * good.
   *
   * @param reason why, for an operator to read; no secrets
   */
  public synchronized void change(DeliveryState to, String reason) {
    changeFrom(status.get().state(), to, reason);
  }

  /** Notes the state as {@link #change} does, but only if it was {@code from} until now. */
  public synchronized void changeFrom(DeliveryState from, DeliveryState to, String reason) {
    if (from != status.get().state() || from == to || from == DeliveryState.CLOSED) {
      return;
    }
    Instant now = clock.instant();
    status.set(new DeliveryStatus(to, reason, now, now));
    boolean well = to == DeliveryState.LIVE || to == DeliveryState.CATCHING_UP;
    Level level = well || to == DeliveryState.CLOSED ? Level.INFO : Level.WARNING;
    LOG.log(level, "Event delivery: {0} -> {1}: {2}", from, to, reason);
    // Boundary to foreign code: a failing observer must not end the loop that reports.
    try {
      observer.accept(new DeliveryStateChanged(from, to, reason));
    } catch (RuntimeException | Error failure) {
      LOG.log(Level.ERROR, "An observer of the change to " + to + " failed", failure);
    }
  }
}
