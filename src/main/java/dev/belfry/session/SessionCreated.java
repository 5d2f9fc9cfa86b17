package dev.belfry.session;

/** A session was created. */
public record SessionCreated(String sessionId, String userId) implements SessionEvent {

  @Override
  public String toString() {
    return "SessionCreated[" + SessionIds.abbreviate(sessionId) + "]";
  }
}
