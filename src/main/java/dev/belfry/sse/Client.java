package dev.belfry.sse;

import static java.util.Objects.requireNonNull;

import dev.belfry.event.Audience;
import dev.belfry.event.ServerEvent;
import dev.belfry.session.Session;
import dev.belfry.session.SessionIds;

/**
 * Whose stream it is.
 *
 * @param sessionId empty if the stream belongs to no session
 * @param fingerprint of the session's id; empty as that
 * @param userId who it is; empty if nobody is known to
 */
record Client(String sessionId, String fingerprint, String userId) {

  /** Whoever asks. */
  static final Client PUBLIC = ofUser("");

  Client {
    requireNonNull(sessionId, "sessionId");
    requireNonNull(fingerprint, "fingerprint");
    requireNonNull(userId, "userId");
  }

  static Client of(Session session) {
    return new Client(session.id(), SessionIds.fingerprint(session.id()), session.userId());
  }

  /** Somebody without a session. */
  static Client ofUser(String userId) {
    return new Client("", "", userId);
  }

  boolean hasSession() {
    return !sessionId.isEmpty();
  }

  boolean belongsTo(Audience audience) {
    return audience.includes(sessionId, userId);
  }

  /** Whether an entry of the log makes a difference to this client. */
  boolean isConcernedBy(ServerEvent entry) {
    return StreamClaim.isClaim(entry)
        ? isClaimedBy(entry.audience())
        : entry.topic().isEmpty() && belongsTo(entry.audience());
  }

  /** Whether a claim is for this client's session. */
  boolean isClaimedBy(Audience audience) {
    return hasSession() && audience.includes(fingerprint, "");
  }
}
