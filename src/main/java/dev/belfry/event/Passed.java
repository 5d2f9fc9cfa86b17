package dev.belfry.event;

import static java.util.Objects.requireNonNull;

/**
 * Delivery has passed an entry that is none of the application's: what replicas tell each other. It
 * goes on after it, without anything missing.
 *
 * @param entry with its place in the log, if it is in one
 */
public record Passed(ServerEvent entry) {
  public Passed {
    if (!requireNonNull(entry, "entry").isInternal()) {
      throw new IllegalArgumentException("An event of the application's is not passed: delivered");
    }
  }
}
