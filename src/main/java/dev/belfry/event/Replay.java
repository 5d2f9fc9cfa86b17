package dev.belfry.event;

import static java.util.function.Predicate.not;

import java.util.List;

/** What the log has after an id. */
public sealed interface Replay {

  /**
   * The next entries.
   *
   * @param entries in order: events of all topics and audiences, and what replicas tell each other
   * @param position where to go on: after it
   * @param complete whether there was nothing more in the log
   */
  record Events(List<ServerEvent> entries, EventId position, boolean complete) implements Replay {
    public Events {
      entries = List.copyOf(entries);
    }

    /** The application's, without what replicas tell each other. */
    public List<ServerEvent> events() {
      return entries.stream().filter(not(ServerEvent::isInternal)).toList();
    }
  }

  /** Something is missing after the id; what there is begins after {@link Reset#latest}. */
  record Interrupted(Reset reset) implements Replay {}
}
