package dev.belfry.session;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * What a store keeps to, whatever keeps the sessions.
 *
 * @param lifetime of sessions that are created without one
 * @param reviveWindow how long a session is remembered after its end: until then an expired one can
 *     be revived or replaced by its owner only, and a deleted one by nobody; not negative
 * @param userLimit how many live sessions one user may have; empty for any number. Anonymous
 *     sessions are not counted
 * @param maxStateBytes how large a state may be, as JSON in UTF-8; at least 2
 * @param attributes where in the state sessions can be looked for, as JSON pointers (RFC 6901)
 */
public record SessionRules(
    Lifetime lifetime,
    Duration reviveWindow,
    Optional<UserLimit> userLimit,
    int maxStateBytes,
    Set<String> attributes) {

  private static final Duration DEFAULT_REVIVE_WINDOW = Duration.ofMinutes(10);
  private static final int DEFAULT_MAX_STATE_BYTES = 1024 * 1024;

  public SessionRules {
    requireNonNull(lifetime, "lifetime");
    if (requireNonNull(reviveWindow, "reviveWindow").isNegative()) {
      throw new IllegalArgumentException("reviveWindow must not be negative: " + reviveWindow);
    }
    if (reviveWindow.compareTo(Lifetime.LONGEST) > 0) {
      throw new IllegalArgumentException("reviveWindow is over a century: " + reviveWindow);
    }
    requireNonNull(userLimit, "userLimit");
    if (maxStateBytes < 2) {
      throw new IllegalArgumentException("maxStateBytes must be at least 2: " + maxStateBytes);
    }
    attributes = Set.copyOf(attributes);
  }

  /** The usual rules, as they are without any configuration, but for the time to live. */
  public static SessionRules of(Duration timeToLive) {
    return new SessionRules(
        Lifetime.of(timeToLive),
        DEFAULT_REVIVE_WINDOW,
        Optional.empty(),
        DEFAULT_MAX_STATE_BYTES,
        Set.of());
  }

  /** The same with another limit for one user's live sessions. */
  public SessionRules limited(UserLimit limit) {
    return new SessionRules(lifetime, reviveWindow, Optional.of(limit), maxStateBytes, attributes);
  }

  /** The same with another limit for the size of a state. */
  public SessionRules withMaxStateBytes(int bytes) {
    return new SessionRules(lifetime, reviveWindow, userLimit, bytes, attributes);
  }

  /** The same with other attributes. */
  public SessionRules withAttributes(String... pointers) {
    return new SessionRules(lifetime, reviveWindow, userLimit, maxStateBytes, Set.of(pointers));
  }

  /**
   * How many live sessions one user may have.
   *
   * @param sessions at least 1
   * @param onExcess what to do with one more
   */
  public record UserLimit(int sessions, OnExcess onExcess) {
    public UserLimit {
      if (sessions < 1) {
        throw new IllegalArgumentException("sessions must be at least 1: " + sessions);
      }
      requireNonNull(onExcess, "onExcess");
    }
  }

  /** What to do when a user has as many sessions as one may have, and creates another. */
  public enum OnExcess {
    /** Delete the one that has been inactive for the longest time. */
    EVICT_OLDEST,
    /** Refuse the new one with a {@link SessionLimitException}. */
    REFUSE
  }
}
