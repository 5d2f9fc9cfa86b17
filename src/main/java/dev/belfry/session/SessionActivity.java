package dev.belfry.session;

import static java.util.Objects.requireNonNull;

import dev.belfry.session.SessionStore.Touched;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Touches the sessions that requests use, at little cost: not on the request's thread, many at
 * once, and each only now and then. A replica that is killed loses what was noted within the last
 * window; one that stops in order, by {@link #close()}, loses nothing. Thread-safe.
 */
public final class SessionActivity implements AutoCloseable {

  private static final Logger LOG = System.getLogger(SessionActivity.class.getName());

  private static final int CAPACITY = 100_000;
  private static final int BATCH = 1_000;

  private final SessionStore store;
  private final Duration window;
  private final ScheduledExecutorService scheduler;
  private final Clock clock;
  private final RecentTouches recent;

  /** Held while the store is asked; taken before {@link #lock}, never after. */
  private final ReentrantLock flushing = new ReentrantLock();

  /** Held for a few instructions only, never while the store is asked. */
  private final ReentrantLock lock = new ReentrantLock();

  /**
   * What is to be touched, with each session's interval. Guarded by {@link #lock}, as all below.
   */
  private Map<String, Duration> noted = new HashMap<>();

  private Optional<Armed> armed = Optional.empty();
  private boolean full;
  private boolean closed;

  /**
   * @param interval how often a session is touched at most; not under 10 ms. One that would expire
   *     after less than three intervals is touched after a third of its time
   * @param window how long what is noted waits at most, to be touched together; positive
   * @param scheduler flushes on its threads; stays the caller's
   */
  public SessionActivity(
      SessionStore store, Duration interval, Duration window, ScheduledExecutorService scheduler) {
    this(store, interval, window, scheduler, Clock.systemUTC());
  }

  SessionActivity(
      SessionStore store,
      Duration interval,
      Duration window,
      ScheduledExecutorService scheduler,
      Clock clock) {
    this.store = requireNonNull(store, "store");
    this.window = requirePositive("window", window);
    this.scheduler = requireNonNull(scheduler, "scheduler");
    this.clock = requireNonNull(clock, "clock");
    this.recent = new RecentTouches(interval, clock);
  }

  private static Duration requirePositive(String name, Duration duration) {
    if (duration.isNegative() || duration.isZero()) {
      throw new IllegalArgumentException(name + " must be positive: " + duration);
    }
    return duration;
  }

  /**
   * Notes that a session is active now. Does not wait for the store, and does not fail for its
   * sake; does nothing if the session was touched not long ago, and after {@link #close()}.
   *
   * @param session as it was found, not necessarily just now
   * @throws IllegalArgumentException if its id breaks the rules of {@link SessionIds}
   */
  public void note(Session session) {
    if (recent.include(session)) {
      return;
    }
    String id = SessionIds.requireValid(session.id());
    lock.lock();
    try {
      // Asked again, because several requests of a session may come at once.
      if (!closed && !noted.containsKey(id) && !recent.include(session)) {
        Duration interval = recent.intervalOf(session);
        if (keep(id, interval)) {
          recent.add(id, interval);
          arm(shorter(interval, window));
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Touches what is noted now. Blocks on the store; what it fails to touch, and what somebody is
   * changing at this moment, is tried again after the next window.
   */
  public void flush() {
    flushing.lock();
    try {
      Map<String, Duration> left = takeNoted();
      boolean done = false;
      try {
        done = touch(left);
      } finally {
        // Without haste after a failure: the store has trouble enough.
        keepAll(left, done ? shortest(left) : window);
        recent.forgetOld();
      }
    } finally {
      flushing.unlock();
    }
  }

  /** Takes no more notes, and flushes what waits, once. Blocks on the store. Idempotent. */
  @Override
  public void close() {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
    } finally {
      lock.unlock();
    }
    flush();
    int lost = waiting();
    if (lost > 0) {
      LOG.log(
          Level.WARNING,
          "{0} sessions could not be touched before the stop; they may expire early",
          lost);
    }
  }

  /** How many sessions are noted and not touched yet. */
  int waiting() {
    lock.lock();
    try {
      return noted.size();
    } finally {
      lock.unlock();
    }
  }

  /** How many sessions are remembered as touched not long ago. */
  int remembered() {
    return recent.size();
  }

  private Map<String, Duration> takeNoted() {
    lock.lock();
    try {
      disarm();
      Map<String, Duration> taken = noted;
      noted = new HashMap<>();
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Removes from {@code left} what is dealt with.
   *
   * @return whether the store did what it was asked
   */
  private boolean touch(Map<String, Duration> left) {
    List<String> ids = new ArrayList<>(left.keySet());
    boolean done = true;
    for (int start = 0; start < ids.size(); start += BATCH) {
      List<String> batch = ids.subList(start, Math.min(start + BATCH, ids.size()));
      try {
        Touched result = store.touchAll(batch);
        result.touched().forEach(id -> recent.add(id, left.getOrDefault(id, window)));
        left.keySet().removeAll(result.touched());
        left.keySet().removeAll(result.gone());
      } catch (RuntimeException failure) {
        LOG.log(Level.DEBUG, "Sessions could not be touched; they are tried again", failure);
        done = false;
        if (failure instanceof SessionStoreException stored && stored.isRetryable()) {
          break; // The store is away: each other batch would only wait for it in vain once more.
        }
      }
    }
    return done;
  }

  private void keepAll(Map<String, Duration> left, Duration delay) {
    lock.lock();
    try {
      full &= !left.isEmpty();
      left.forEach(this::keep);
      if (!noted.isEmpty()) {
        arm(delay);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Called with the lock held. */
  private boolean keep(String id, Duration interval) {
    if (noted.size() < CAPACITY) {
      noted.put(id, interval);
      return true;
    }
    if (!full) {
      full = true;
      LOG.log(
          Level.WARNING,
          "{0} sessions wait to be touched already; others are not, and may expire early."
              + " The store is too slow or away",
          CAPACITY);
    }
    return false;
  }

  private Duration shortest(Map<String, Duration> left) {
    return left.isEmpty() ? window : shorter(Collections.min(left.values()), window);
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /** Called with the lock held: sees to a flush after {@code delay} at the latest. */
  private void arm(Duration delay) {
    Instant due = clock.instant().plus(delay);
    if (closed || armed.filter(task -> !task.due().isAfter(due)).isPresent()) {
      return;
    }
    disarm();
    try {
      armed =
          Optional.of(
              new Armed(
                  due, scheduler.schedule(this::onTime, delay.toMillis(), TimeUnit.MILLISECONDS)));
    } catch (RejectedExecutionException stopping) {
      LOG.log(Level.DEBUG, "The server takes no more tasks: left to the flush at the end");
    }
  }

  private void disarm() {
    armed.ifPresent(task -> task.future().cancel(false));
    armed = Optional.empty();
  }

  private void onTime() {
    if (flushing.tryLock()) {
      try {
        flush();
      } finally {
        flushing.unlock();
      }
    } else {
      // One thread that waits for a slow store is enough.
      lock.lock();
      try {
        armed = Optional.empty();
        arm(window);
      } finally {
        lock.unlock();
      }
    }
  }

  private record Armed(Instant due, Future<?> future) {}
}
