package dev.belfry.postgres;

import dev.belfry.event.ServerEvent;

/** What stands at one place of the log. */
sealed interface LogEntry {

  /**
   * An event.
   *
   * @param event with its place
   * @param deliveredBy the replica that delivered the event to its own before it came into the log;
   *     empty if none did
   */
  record Event(ServerEvent event, String deliveredBy) implements LogEntry {}

  /** From here on it is known that the database has lost events that stood before. */
  record Loss() implements LogEntry {}
}
