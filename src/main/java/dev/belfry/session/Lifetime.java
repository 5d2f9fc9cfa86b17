package dev.belfry.session;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;

/**
 * How long a session lives.
 *
 * @param timeToLive after its creation or its last touch; from 1 ms to {@link #LONGEST}
 * @param maximum after its creation at most, however often it is touched; from 1 ms to {@link
 *     #LONGEST}, empty for no such limit
 */
public record Lifetime(Duration timeToLive, Optional<Duration> maximum) {

  /** A century: what is longer is most likely a mistake. */
  public static final Duration LONGEST = Duration.ofDays(36_500);

  private static final Duration SHORTEST = Duration.ofMillis(1);

  public Lifetime {
    requireSensible("timeToLive", timeToLive);
    requireNonNull(maximum, "maximum").ifPresent(duration -> requireSensible("maximum", duration));
  }

  /** As long as it is touched in time. */
  public static Lifetime of(Duration timeToLive) {
    return new Lifetime(timeToLive, Optional.empty());
  }

  /** The same, but at most that long after the creation. */
  public Lifetime atMost(Duration newMaximum) {
    return new Lifetime(timeToLive, Optional.of(newMaximum));
  }

  private static void requireSensible(String name, Duration duration) {
    if (requireNonNull(duration, name).compareTo(SHORTEST) < 0 || duration.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "%s must be from 1 ms to %d days, but is %s".formatted(name, LONGEST.toDays(), duration));
    }
  }
}
