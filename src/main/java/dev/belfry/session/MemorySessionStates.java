package dev.belfry.session;

import static java.util.Objects.requireNonNull;

import jakarta.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Changes the state of this process's sessions. */
final class MemorySessionStates implements SessionStates {

  private static final int MAX_ATTEMPTS = 20;

  private final MemorySessions sessions;

  MemorySessionStates(MemorySessions sessions) {
    this.sessions = sessions;
  }

  @Override
  public Optional<Session> apply(String id, List<StateChange> changes) {
    List<StateChange> ordered = List.copyOf(changes);
    if (ordered.isEmpty()) {
      throw new IllegalArgumentException("changes must not be empty");
    }
    return sessions.changeState(
        id,
        session -> {
          JsonObject state = session.state();
          for (StateChange change : ordered) {
            state = change.applyTo(state);
          }
          return state;
        });
  }

  @Override
  public Optional<Session> compareAndSet(String id, long version, JsonObject state) {
    sessions.requireStorable(SessionIds.requireValid(id), state);
    return sessions.changeState(
        id,
        session -> {
          if (session.version() != version) {
            throw new VersionConflictException(
                id, "it has version %d, not %d".formatted(session.version(), version));
          }
          return state;
        });
  }

  // The function is the caller's: it must not run while a lock is held.
  @Override
  public Optional<Session> update(String id, UnaryOperator<JsonObject> change) {
    requireNonNull(change, "change");
    for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      Optional<Session> found = sessions.live(id).map(KeptSession::session);
      if (found.isEmpty()) {
        return found;
      }
      JsonObject state =
          requireNonNull(change.apply(found.get().state()), "what change has returned");
      try {
        return compareAndSet(id, found.get().version(), state);
      } catch (VersionConflictException ignored) {
        // Somebody was first: again, of what is there now.
      }
    }
    throw new VersionConflictException(
        id, "others were first in all of %d attempts".formatted(MAX_ATTEMPTS));
  }
}
