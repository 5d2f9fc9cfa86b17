package dev.belfry.session;

/** A live session was deleted, revoked, or evicted by a newer one of its user. */
public record SessionDeleted(String sessionId, String userId) implements SessionEvent {

  @Override
  public String toString() {
    return "SessionDeleted[" + SessionIds.abbreviate(sessionId) + "]";
  }
}
