package dev.belfry.session;

/**
 * A session has another id now.
 *
 * @param sessionId the old id, which is dead
 * @param newId the new id; where ids are hashed at rest, its {@link SessionIds#fingerprint}
 */
public record SessionRotated(String sessionId, String newId, String userId)
    implements SessionEvent {

  @Override
  public String toString() {
    return "SessionRotated[%s to %s]"
        .formatted(SessionIds.abbreviate(sessionId), SessionIds.abbreviate(newId));
  }
}
