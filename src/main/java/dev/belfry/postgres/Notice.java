package dev.belfry.postgres;

import dev.belfry.event.EventId;
import dev.belfry.event.ServerEvent;

/** What a notification says. */
sealed interface Notice {

  /** An event of the original, which is in no log. */
  record Foreign(ServerEvent event) implements Notice {}

  /** There is something new in the log, and this is it. */
  record Inline(EventId id, LogEntry.Event entry) implements Notice {}

  /** There is something new in the log. */
  record Reference(EventId id) implements Notice {}

  /** A replica tries whether notifications arrive. */
  record Ping() implements Notice {}
}
