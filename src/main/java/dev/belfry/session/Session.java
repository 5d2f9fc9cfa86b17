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
 */
public record Session(
    String id,
    String userId,
    Instant createdAt,
    Instant lastActiveAt,
    Instant expiresAt,
    JsonObject state,
    long version) {

  public Session {
    requireNonNull(id, "id");
    requireNonNull(userId, "userId");
    requireNonNull(createdAt, "createdAt");
    requireNonNull(lastActiveAt, "lastActiveAt");
    requireNonNull(expiresAt, "expiresAt");
    requireNonNull(state, "state");
  }

  /** Names the session without giving away its whole id or its state. */
  @Override
  public String toString() {
    return "Session[%s, version %d, expires %s]"
        .formatted(SessionIds.abbreviate(id), version, expiresAt);
  }
}
