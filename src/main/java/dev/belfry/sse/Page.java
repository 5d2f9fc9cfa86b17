package dev.belfry.sse;

import dev.belfry.event.EventId;
import java.util.List;

/**
 * A piece of the log, for one client.
 *
 * @param frames those that the client gets, in order
 * @param end the place where it ends, whether or not the client gets what is there
 * @param complete whether the log had nothing more
 */
record Page(List<EventFrame> frames, EventId end, boolean complete) {

  Page {
    frames = List.copyOf(frames);
  }
}
