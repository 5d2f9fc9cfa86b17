package dev.belfry.session;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Knows which sessions need no touch because they had one not long ago. Thread-safe. */
final class RecentTouches {

  /** More often helps no session, and would only keep the store busy. */
  private static final Duration SHORTEST = Duration.ofMillis(10);

  private final ConcurrentMap<String, Recent> recent = new ConcurrentHashMap<>();
  private final Duration interval;
  private final Duration threeIntervals;
  private final Clock clock;

  RecentTouches(Duration interval, Clock clock) {
    this.interval = interval.compareTo(SHORTEST) < 0 ? SHORTEST : interval;
    this.threeIntervals = this.interval.multipliedBy(3);
    this.clock = clock;
  }

  /** Whether the session was touched within its interval, by anybody as far as this one knows. */
  boolean include(Session session) {
    Instant now = clock.instant();
    // A snapshot may be older than this replica's last touch of the session.
    Recent own = recent.get(session.id());
    return isWithin(intervalOf(session), session.lastActiveAt(), now)
        || (own != null && own.isIn(now));
  }

  void add(String id, Duration sessionInterval) {
    recent.put(id, new Recent(clock.instant(), sessionInterval));
  }

  /** How often the session is touched: twice at least before it could expire. */
  Duration intervalOf(Session session) {
    Duration lifetime = Duration.between(session.lastActiveAt(), session.expiresAt());
    if (lifetime.compareTo(threeIntervals) >= 0) {
      return interval;
    }
    Duration third = Duration.ofMillis(lifetime.toMillis() / 3);
    return third.compareTo(SHORTEST) < 0 ? SHORTEST : third;
  }

  void forgetOld() {
    Instant now = clock.instant();
    recent.values().removeIf(touch -> !touch.isIn(now));
  }

  /** How many are remembered. */
  int size() {
    return recent.size();
  }

  // Absolute: a clock behind the store's, or one that was put back, must not stop the touches.
  private static boolean isWithin(Duration duration, Instant one, Instant other) {
    return Duration.between(one, other).abs().compareTo(duration) < 0;
  }

  private record Recent(Instant at, Duration interval) {
    boolean isIn(Instant now) {
      return isWithin(interval, at, now);
    }
  }
}
