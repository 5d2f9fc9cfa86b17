package dev.belfry.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.belfry.session.Session;
import jakarta.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Keeps sessions that were read lately in this replica's memory, as long as the replica is told of
 * every change. A session is never found as it was before an {@link #invalidate} or {@link #clear}
 * that returned before the find began. Thread-safe.
 */
public final class SessionCache {

  /** What a session takes in memory besides its JSON: its ids, its times, its place here. */
  private static final int OVERHEAD_BYTES = 512;

  /** A session may take that part of the memory; one that takes more would displace too many. */
  private static final int LARGEST_PART = 8;

  private static final int STRIPES = 1024;

  private final CachedSessions sessions;
  private final int largest;
  private final long maxAgeNanos;
  private final Clock clock;
  private final BooleanSupplier live;
  private final LongSupplier nanoTime;

  /** How often sessions were invalidated, by a part of their ids' hash. */
  private final AtomicLongArray invalidations = new AtomicLongArray(STRIPES);

  private final AtomicLong clears = new AtomicLong();
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();

  /**
   * @param maxCount how many sessions to keep at most; positive
   * @param maxBytes how much memory they may take, by the length of what is in them as JSON;
   *     positive
   * @param maxAge how long after its reading a session is found here at most; positive
   * @param clock tells whether a session has expired; should agree with the database's
   * @param live whether the replica is told of every change. Once it was not, call {@link #clear}
   *     after listening again and before it is
   * @throws IllegalStateException if Caffeine is not on the class path
   */
  public SessionCache(
      int maxCount, int maxBytes, Duration maxAge, Clock clock, BooleanSupplier live) {
    this(maxCount, maxBytes, maxAge, clock, live, System::nanoTime);
  }

  SessionCache(
      int maxCount,
      int maxBytes,
      Duration maxAge,
      Clock clock,
      BooleanSupplier live,
      LongSupplier nanoTime) {
    if (maxCount < 1 || maxBytes < 1) {
      throw new IllegalArgumentException(
          "maxCount and maxBytes must be positive: %d, %d".formatted(maxCount, maxBytes));
    }
    if (maxAge.isNegative() || maxAge.isZero()) {
      throw new IllegalArgumentException("maxAge must be positive: " + maxAge);
    }
    this.sessions = memory(maxCount, maxBytes, maxAge, nanoTime);
    this.largest = maxBytes / LARGEST_PART;
    this.maxAgeNanos = NANOSECONDS.convert(maxAge);
    this.clock = requireNonNull(clock, "clock");
    this.live = requireNonNull(live, "live");
    this.nanoTime = requireNonNull(nanoTime, "nanoTime");
  }

  private static CachedSessions memory(
      int maxCount, int maxBytes, Duration maxAge, LongSupplier nanoTime) {
    try {
      return CachedSessions.of(maxCount, maxBytes, maxAge, nanoTime);
    } catch (NoClassDefFoundError missing) {
      throw new IllegalStateException(
          "To cache sessions, add com.github.ben-manes.caffeine:caffeine to the application;"
              + " to do without, set belfry.session.cache-count = 0",
          missing);
    }
  }

  /**
   * Finds a live session here, else where the loader finds it, which then is kept. Blocks only as
   * the loader does, and throws what it throws. Several threads may load a session at once.
   *
   * @param id what the session is kept under; the loader is given the same
   */
  public Optional<Session> find(String id, Function<String, Optional<Session>> loader) {
    if (!live.getAsBoolean()) {
      misses.increment();
      return loader.apply(id);
    }
    Optional<Session> cached = sessions.find(id).filter(this::isCurrent).map(Entry::session);
    if (cached.isPresent()) {
      hits.increment();
      return cached;
    }
    misses.increment();
    return load(id, loader);
  }

  // The loader is not run by Caffeine: whoever invalidates the session then had to wait for it.
  // Instead the counters tell whether what was loaded may be older than an invalidation. They are
  // read before the load, and again in the step in which the session is put, which for one id is
  // never at the same time as its removal. An invalidation counts, then removes; so either its
  // count is seen here, and nothing is put, or its removal comes after the put.
  private Optional<Session> load(String id, Function<String, Optional<Session>> loader) {
    int stripe = stripe(id);
    long invalidationsBefore = invalidations.get(stripe);
    long clearsBefore = clears.get();
    long readAt = nanoTime.getAsLong();
    Optional<Session> loaded = loader.apply(id);
    loaded
        .map(session -> new Entry(session, weight(session), readAt, clearsBefore))
        .filter(entry -> entry.weight() <= largest && isCurrent(entry))
        .ifPresent(
            entry ->
                sessions.putIf(id, entry, () -> invalidations.get(stripe) == invalidationsBefore));
    return loaded;
  }

  /** Forgets a session, because it has changed. Does not wait for whoever is loading it. */
  public void invalidate(String id) {
    invalidations.incrementAndGet(stripe(id));
    sessions.remove(id);
  }

  /** Forgets all sessions, because changes may have been missed. Does not wait for loads. */
  public void clear() {
    // What is put by a load that was under way has the old count, and is not found any more.
    clears.incrementAndGet();
    sessions.removeAll();
  }

  /** What the cache has been good for so far. */
  public Statistics statistics() {
    return new Statistics(hits.sum(), misses.sum(), sessions.size());
  }

  private boolean isCurrent(Entry entry) {
    return entry.clears() == clears.get()
        && nanoTime.getAsLong() - entry.readAt() <= maxAgeNanos
        && entry.session().expiresAt().isAfter(clock.instant());
  }

  private static int weight(Session session) {
    long bytes = OVERHEAD_BYTES + bytes(session.state()) + bytes(session.negotiated());
    return (int) Math.min(bytes, Integer.MAX_VALUE);
  }

  private static long bytes(JsonObject json) {
    return json.isEmpty() ? 0 : json.toString().getBytes(UTF_8).length;
  }

  private static int stripe(String id) {
    int hash = id.hashCode();
    return (hash ^ (hash >>> 16)) & (STRIPES - 1);
  }

  /**
   * A session and how it came here.
   *
   * @param weight about the bytes that it takes
   * @param readAt before it was read, on the nanosecond clock
   * @param clears how often the cache had been cleared before it was read
   */
  record Entry(Session session, int weight, long readAt, long clears) {}

  /**
   * What the cache has been good for.
   *
   * @param hits how many sessions were found in memory
   * @param misses how many were looked for elsewhere
   * @param size about how many are kept
   */
  public record Statistics(long hits, long misses, long size) {}
}
