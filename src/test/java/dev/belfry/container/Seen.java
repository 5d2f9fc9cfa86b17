package dev.belfry.container;

import dev.belfry.event.EventId;

/** What a client was shown on its streams. */
sealed interface Seen {

  /**
   * An event.
   *
   * @param key of the event, see {@link TestEvent}
   * @param nanos when, as {@link System#nanoTime} tells it
   */
  record Event(EventId id, String key, long nanos) implements Seen {}

  /**
   * The announcement that events are missing.
   *
   * @param latest what the server goes on after
   */
  record Reset(EventId latest) implements Seen {}
}
