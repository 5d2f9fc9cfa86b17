package dev.belfry.session;

import static java.util.Objects.requireNonNull;

import java.time.Clock;
import java.util.function.Consumer;

/**
 * All that can be done with the sessions of one backend, by role. Closing the store ends them all.
 *
 * @param store one session by its id
 * @param queries many, by something else
 * @param revocation their end by order
 * @param states changes of their state
 */
public record SessionBackend(
    SessionStore store,
    SessionQueries queries,
    SessionRevocation revocation,
    SessionStates states) {

  public SessionBackend {
    requireNonNull(store, "store");
    requireNonNull(queries, "queries");
    requireNonNull(revocation, "revocation");
    requireNonNull(states, "states");
  }

  /**
   * Keeps sessions in this process: for tests, development and applications of one replica. All are
   * gone when the process ends.
   *
   * @param clock the store's time
   * @param observer told what happens to sessions, after it has happened, one event at a time, on
   *     the thread of somebody who uses the backend; may use the backend, must not block
   */
  public static SessionBackend inMemory(
      SessionRules rules, Clock clock, Consumer<SessionEvent> observer) {
    MemorySessions sessions = new MemorySessions(rules, clock, observer);
    return new SessionBackend(
        new MemorySessionStore(sessions),
        new MemorySessionQueries(sessions),
        new MemorySessionRevocation(sessions),
        new MemorySessionStates(sessions));
  }
}
