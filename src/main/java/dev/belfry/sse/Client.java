package dev.belfry.sse;

import static java.util.Objects.requireNonNull;

import dev.belfry.event.Audience;
import dev.belfry.event.ServerEvent;

/**
 * Whose stream it is.
 *
 * @param sessionId empty if the stream belongs to no session
 * @param userId who owns the session; empty if nobody is known to
 */
record Client(String sessionId, String userId) {

  /** Whoever asks. */
  static final Client PUBLIC = new Client("", "");

  Client {
    requireNonNull(sessionId, "sessionId");
    requireNonNull(userId, "userId");
  }

  boolean hasSession() {
    return !sessionId.isEmpty();
  }

  boolean gets(ServerEvent event) {
    return event.topic().isEmpty() && belongsTo(event.audience());
  }

  boolean belongsTo(Audience audience) {
    return audience.includes(sessionId, userId);
  }
}
