package dev.belfry.sse;

import dev.belfry.event.EventId;
import dev.belfry.event.ServerEvent;
import jakarta.json.Json;

/** Events and ids for tests. */
final class Events {

  private Events() {}

  /** An id of the usual epoch. */
  static EventId id(long offset) {
    return new EventId("e1", offset);
  }

  /** An event for everyone at a place of the usual epoch. */
  static ServerEvent event(long offset) {
    return numbered(offset).at(id(offset));
  }

  /** An event for everyone that was not published yet. */
  static ServerEvent numbered(long number) {
    return ServerEvent.of("test/event", Json.createObjectBuilder().add("n", number).build());
  }

  static EventFrame frame(long offset) {
    return EventFrame.of(event(offset));
  }
}
