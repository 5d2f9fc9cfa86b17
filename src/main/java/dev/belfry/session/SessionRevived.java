package dev.belfry.session;

/** A session had expired, and its owner has it back: under the same id, with its state. */
public record SessionRevived(String sessionId, String userId) implements SessionEvent {

  @Override
  public String toString() {
    return "SessionRevived[" + SessionIds.abbreviate(sessionId) + "]";
  }
}
