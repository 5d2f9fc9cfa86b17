package dev.belfry.postgres;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to wait before the next attempt: twice as long each time up to a limit, and a random
 * part less, so that replicas that lost the database together do not return together. For one
 * thread.
 */
final class Backoff {

  private final Duration min;
  private final Duration max;
  private Duration next;

  Backoff(Duration min, Duration max) {
    this.min = min;
    this.max = max;
    this.next = min;
  }

  /** From half of the current wait to all of it. */
  Duration next() {
    long full = next.toNanos();
    next = next.compareTo(max.dividedBy(2)) > 0 ? max : next.multipliedBy(2);
    return Duration.ofNanos(full / 2 + ThreadLocalRandom.current().nextLong(full / 2 + 1));
  }

  /** Begins again, after a success. */
  void reset() {
    next = min;
  }
}
