package dev.belfry.event;

import java.util.List;

/** What the log has after an id. */
public sealed interface Replay {

  /**
   * The next events.
   *
   * @param events in order; those of all topics and audiences
   * @param position where to go on: after it
   * @param complete whether there was nothing more in the log
   */
  record Events(List<ServerEvent> events, EventId position, boolean complete) implements Replay {
    public Events {
      events = List.copyOf(events);
    }
  }

  /** Something is missing after the id; what there is begins after {@link Reset#latest}. */
  record Interrupted(Reset reset) implements Replay {}
}
