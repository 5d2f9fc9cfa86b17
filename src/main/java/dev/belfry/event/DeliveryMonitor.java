package dev.belfry.event;

import static java.util.Objects.requireNonNull;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Instant;
import java.util.function.Consumer;

/**
 * Knows how delivery to this replica stands; every change is one line of the log and one call of
 * the observer. Thread-safe.
 */
public final class DeliveryMonitor {

  private static final Logger LOG = System.getLogger(DeliveryMonitor.class.getName());

  private final Clock clock;
  private final Consumer<DeliveryStateChanged> observer;
  private volatile DeliveryStatus status;

  /**
   * @param clock the time that {@link #status()} speaks of
   * @param observer called with every change, in order, on the thread that made it
   */
  public DeliveryMonitor(Clock clock, Consumer<DeliveryStateChanged> observer) {
    this.clock = requireNonNull(clock, "clock");
    this.observer = requireNonNull(observer, "observer");
    Instant now = clock.instant();
    this.status = new DeliveryStatus(DeliveryState.CONNECTING, "not started", now, now);
  }

  /** How delivery stands. */
  public DeliveryStatus status() {
    return status;
  }

  /** Notes that the part that receives is alive. */
  public synchronized void turn() {
    status = new DeliveryStatus(status.state(), status.reason(), status.since(), clock.instant());
  }

  /** Notes that the state is as it was, but for another reason now: that is worth a line too. */
  public synchronized void explain(String reason) {
    if (!reason.equals(status.reason()) && status.state() != DeliveryState.CLOSED) {
      status = new DeliveryStatus(status.state(), reason, status.since(), clock.instant());
      LOG.log(Level.WARNING, "Event delivery is still {0}: {1}", status.state(), reason);
    }
  }

  /**
   * Notes the state. Nothing happens if it is that state already, or if delivery is closed for
   * good.
   *
   * @param reason why, for an operator to read; no secrets
   */
  public synchronized void change(DeliveryState to, String reason) {
    changeFrom(status.state(), to, reason);
  }

  /** Notes the state as {@link #change} does, but only if it was {@code from} until now. */
  public synchronized void changeFrom(DeliveryState from, DeliveryState to, String reason) {
    if (from != status.state() || from == to || from == DeliveryState.CLOSED) {
      return;
    }
    Instant now = clock.instant();
    status = new DeliveryStatus(to, reason, now, now);
    boolean well = to == DeliveryState.LIVE || to == DeliveryState.CATCHING_UP;
    Level level = well || to == DeliveryState.CLOSED ? Level.INFO : Level.WARNING;
    LOG.log(level, "Event delivery: {0} -> {1}: {2}", from, to, reason);
    // Boundary to foreign code: a failing observer must not end the loop that reports.
    try {
      observer.accept(new DeliveryStateChanged(from, to, reason));
    } catch (RuntimeException failure) {
      LOG.log(Level.ERROR, "An observer of the change to " + to + " failed", failure);
    }
  }
}
