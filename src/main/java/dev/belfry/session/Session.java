package dev.belfry.session;

import static java.util.Objects.requireNonNull;

import jakarta.json.JsonObject;
import java.time.Instant;

/**
 * A session as it was when the store was asked: an immutable snapshot.
 *
 * @param id the identifier, unique in the store; not blank
 * @param userId the owner as {@link SessionGate} knows it; empty for an anonymous session
 * @param createdAt when it was created, on the store's clock
 * @param lastActiveAt when it was created or last touched, on the store's clock
 * @param expiresAt from when it is no longer found, on the store's clock
 * @param state what the application keeps in it; never absent, empty at first
 * @param version how often the state was changed through Belfry; the original leaves it as it is
 * @param negotiated what was agreed on with the client when the session was created; it never
 *     changes; empty if that was nothing
 */
public record Session(
    String id,
    String userId,
    Instant createdAt,
    Instant lastActiveAt,
    Instant expiresAt,
    JsonObject state,
    long version,
    JsonObject negotiated) {

  public Session {
    requireNonNull(id, "id");
    requireNonNull(userId, "userId");
    requireNonNull(createdAt, "createdAt");
    requireNonNull(lastActiveAt, "lastActiveAt");
    requireNonNull(expiresAt, "expiresAt");
    requireNonNull(state, "state");
    requireNonNull(negotiated, "negotiated");
  }

  /** The same session under another id. */
  public Session withId(String newId) {
    return new Session(
        newId, userId, createdAt, lastActiveAt, expiresAt, state, version, negotiated);
  }

  /** The same session after one change of its state. */
  public Session changedTo(JsonObject newState) {
    return new Session(
        id, userId, createdAt, lastActiveAt, expiresAt, newState, version + 1, negotiated);
  }

  /**
   * The state as a record or class of the application's, read by JSON-B. Members that the type does
   * not have are ignored; those that the state does not have are null, or what the type has for a
   * default.
   *
   * @throws UnreadableStateException if the state is not of that type; it stays stored as it is
   */
  public <T> T stateAs(Class<T> type) {
    return new StateType<>(type).read(id, state);
  }

  /** Names the session without giving away its whole id or its state. */
  @Override
  public String toString() {
    return "Session[%s, version %d, expires %s]"
        .formatted(SessionIds.abbreviate(id), version, expiresAt);
  }
}
