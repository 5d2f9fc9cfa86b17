package dev.belfry.session;

import static java.util.Objects.requireNonNull;

/**
 * A session has expired, and the cleanup has noticed.
 *
 * @param session as it was at last, with its state
 */
public record SessionExpired(Session session) implements SessionEvent {

  public SessionExpired {
    requireNonNull(session, "session");
  }

  @Override
  public String sessionId() {
    return session.id();
  }

  @Override
  public String userId() {
    return session.userId();
  }
}
