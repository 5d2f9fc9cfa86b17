package dev.belfry.sse;

import static java.util.Objects.requireNonNull;

import dev.belfry.event.Audience;
import dev.belfry.event.EventId;
import dev.belfry.event.ServerEvent;
import java.util.Optional;

/**
 * An event as streams carry it, encoded once for all of them.
 *
 * @param id the event's place in the log; empty if it is in none
 * @param audience which streams carry it
 * @param bytes the frame; shared, never to be changed; empty if no stream carries it
 */
// An array, though compared by identity: nobody compares frames.
@SuppressWarnings("ArrayRecordComponent")
record EventFrame(Optional<EventId> id, Audience audience, byte[] bytes) {

  private static final byte[] NOTHING = {};

  EventFrame {
    requireNonNull(id, "id");
    requireNonNull(audience, "audience");
    requireNonNull(bytes, "bytes");
  }

  /** An event with a topic is for the servers: it is nothing but its place here. */
  static EventFrame of(ServerEvent event) {
    return event.topic().isEmpty()
        ? new EventFrame(event.id(), event.audience(), Frames.event(event))
        : new EventFrame(event.id(), Audience.NOBODY, NOTHING);
  }

  /** A place that is passed without a frame. */
  static EventFrame nothingAt(EventId place) {
    return new EventFrame(Optional.of(place), Audience.NOBODY, NOTHING);
  }
}
