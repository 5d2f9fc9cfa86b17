package dev.belfry.event;

import static java.util.Objects.requireNonNull;

/**
 * Events are missing here: whoever keeps state that events change must read it anew. Fired as a CDI
 * event when a replica itself has missed some, and sent to every client's stream that has.
 *
 * @param reason why
 * @param earliest whoever resumes after it gets all that is still kept
 * @param latest where delivery goes on: after it
 */
public record Reset(Reason reason, EventId earliest, EventId latest) {

  /** Why events are missing. */
  public enum Reason {
    /** The id is of no log that is known: garbage, another database, or long ago. */
    UNKNOWN,
    /** The id is of an event that is not in the log yet, or not any more. */
    FUTURE,
    /** The log no longer keeps the events after the id. */
    TRIMMED,
    /** The database lost events: a failover, a restored backup. */
    LOST
  }

  public Reset {
    requireNonNull(reason, "reason");
    requireNonNull(earliest, "earliest");
    requireNonNull(latest, "latest");
  }
}
