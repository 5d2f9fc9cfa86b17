package dev.belfry.event;

import static java.util.Objects.requireNonNull;

/** Whose streams an event is for. */
public sealed interface Audience {

  /** Every stream, also those that belong to no session. */
  Audience EVERYONE = new Everyone();

  /** No stream: what an audience that this version does not know is taken for. */
  Audience NOBODY = new Nobody();

  /**
   * Whether a stream gets the event.
   *
   * @param sessionId of the stream; empty if it belongs to no session
   * @param userId who owns the session; empty if nobody is known to
   */
  boolean includes(String sessionId, String userId);

  /** Every stream. */
  record Everyone() implements Audience {
    @Override
    public boolean includes(String sessionId, String userId) {
      return true;
    }
  }

  /** The stream of one session. */
  record OfSession(String sessionId) implements Audience {
    public OfSession {
      requireName(sessionId, "sessionId");
    }

    @Override
    public boolean includes(String session, String user) {
      return sessionId.equals(session);
    }
  }

  /** The streams of all sessions of one user. */
  record OfUser(String userId) implements Audience {
    public OfUser {
      requireName(userId, "userId");
    }

    @Override
    public boolean includes(String session, String user) {
      return userId.equals(user);
    }
  }

  /** No stream. */
  record Nobody() implements Audience {
    @Override
    public boolean includes(String sessionId, String userId) {
      return false;
    }
  }

  // Empty would mean all who have none: anonymous users, public streams.
  private static void requireName(String name, String what) {
    if (requireNonNull(name, what).isBlank()) {
      throw new IllegalArgumentException(what + " must not be blank");
    }
  }
}
