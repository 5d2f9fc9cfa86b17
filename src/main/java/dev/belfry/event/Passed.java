package dev.belfry.event;

import static java.util.Objects.requireNonNull;

/**
 * Delivery has passed an entry of the log that is none of the application's: what replicas tell
 * each other. It goes on after it, without anything missing.
 *
 * @param place the entry's
 */
public record Passed(EventId place) {
  public Passed {
    requireNonNull(place, "place");
  }
}
