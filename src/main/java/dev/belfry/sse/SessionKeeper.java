package dev.belfry.sse;

import static java.util.Objects.requireNonNull;

import dev.belfry.session.Session;
import dev.belfry.session.SessionStore;
import dev.belfry.session.SessionStore.Touched;
import dev.belfry.session.SessionStoreException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Keeps the sessions of streams alive, each well within its own time to live, all that are due
 * together; and ends the streams of sessions that are gone. Thread-safe, but for {@link #run}.
 */
final class SessionKeeper {

  private static final Logger LOG = System.getLogger(SessionKeeper.class.getName());

  /** How often {@link #run} is to be called: often enough for sessions that live for a second. */
  static final Duration TURN = Duration.ofMillis(250);

  /** After a failure, so that a database that is away is not asked with every turn. */
  private static final long PAUSE = Duration.ofSeconds(1).toNanos();

  /** Touched this many times within its time to live. */
  private static final int TOUCHES = 3;

  private final Map<EventStream, Kept> kept = new ConcurrentHashMap<>();
  private final SessionStore store;
  private final Duration longest;
  private final LongSupplier nanoTime;

  /** Before that nothing is done. Only {@link #run} uses it. */
  private long pausedUntil;

  /**
   * @param longest between two touches of any session
   * @param nanoTime as {@link System#nanoTime}
   */
  SessionKeeper(SessionStore store, Duration longest, LongSupplier nanoTime) {
    this.store = requireNonNull(store, "store");
    this.longest = requireNonNull(longest, "longest");
    this.nanoTime = requireNonNull(nanoTime, "nanoTime");
    this.pausedUntil = nanoTime.getAsLong();
  }

  /** From the next turn on the stream's session is kept alive, until the stream has ended. */
  void keep(EventStream stream, Session session) {
    // What was left of its life when it was last active. Less than its time to live where its end
    // is near: then nothing can be done for it.
    Duration timeToLive = Duration.between(session.lastActiveAt(), session.expiresAt());
    long interval = Math.min(longest.toNanos(), timeToLive.dividedBy(TOUCHES).toNanos());
    kept.put(stream, new Kept(stream, session.id(), interval, nanoTime.getAsLong()));
    // Checked after adding: an end that came before was forgotten in vain.
    if (stream.isEnded()) {
      forget(stream);
    }
  }

  void forget(EventStream stream) {
    kept.remove(stream);
  }

  /** One turn; at a time. Blocks on the store if a session is due. Throws nothing. */
  void run() {
    long now = nanoTime.getAsLong();
    if (now - pausedUntil < 0 || kept.values().stream().noneMatch(session -> session.isDue(now))) {
      return;
    }
    try {
      // With those that will be due soon, so that they are due together from now on.
      touch(kept.values().stream().filter(session -> session.isSoonDue(now)).toList(), now);
    } catch (SessionStoreException failure) {
      pausedUntil = now + PAUSE;
      LOG.log(Level.DEBUG, "The sessions of streams were not looked at this time", failure);
    } catch (RuntimeException failure) {
      // The boundary: a scheduler drops a task that throws.
      pausedUntil = now + PAUSE;
      LOG.log(Level.ERROR, "The sessions of streams could not be kept alive", failure);
    }
  }

  private void touch(List<Kept> due, long now) {
    Touched answer = store.touchAll(due.stream().map(Kept::sessionId).collect(Collectors.toSet()));
    due.stream().filter(isIn(answer.touched())).forEach(session -> session.touchedAt = now);
    due.stream().filter(isIn(answer.gone())).forEach(session -> session.stream.end());
    // The others are being changed by somebody: they stay due.
  }

  private static Predicate<Kept> isIn(Set<String> ids) {
    return session -> ids.contains(session.sessionId);
  }

  /** A session to keep alive. */
  private static final class Kept {
    private final EventStream stream;
    private final String sessionId;
    private final long interval;

    /** Only {@link #run} uses it after the construction. */
    private long touchedAt;

    Kept(EventStream stream, String sessionId, long interval, long now) {
      this.stream = stream;
      this.sessionId = sessionId;
      this.interval = interval;
      // Due at once: nobody knows how much of its life is left.
      this.touchedAt = now - interval;
    }

    String sessionId() {
      return sessionId;
    }

    boolean isDue(long now) {
      return now - touchedAt >= interval;
    }

    boolean isSoonDue(long now) {
      return now - touchedAt >= interval / 2;
    }
  }
}
