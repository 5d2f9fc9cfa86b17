package dev.belfry.session;

import static java.util.function.Predicate.not;

import jakarta.json.JsonObject;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** How sessions of this process begin, and begin again. */
final class MemorySessionBeginnings {

  /** Whom to evict first. */
  private static final Comparator<Session> LONGEST_INACTIVE =
      Comparator.comparing(Session::lastActiveAt)
          .thenComparing(Session::createdAt)
          .thenComparing(Session::id);

  private final MemorySessions sessions;

  MemorySessionBeginnings(MemorySessions sessions) {
    this.sessions = sessions;
  }

  Session create(
      String id, String userId, JsonObject state, Lifetime lifetime, JsonObject negotiated) {
    return sessions.change(
        () -> {
          Instant now = sessions.now();
          long version = firstVersion(id, userId, now);
          makeRoom(id, userId);
          Instant expiry = KeptSession.expiry(lifetime, now, now);
          Session created = new Session(id, userId, now, now, expiry, state, version, negotiated);
          sessions.announce(new SessionCreated(id, userId));
          return sessions.keep(new KeptSession(created, lifetime, Optional.empty()));
        });
  }

  // An expired session that is replaced goes on counting: who has read the old one must notice.
  private long firstVersion(String id, String userId, Instant now) {
    Optional<KeptSession> taken = sessions.recall(id);
    if (taken.isEmpty()) {
      return 0;
    }
    return taken
        .filter(not(KeptSession::isDeleted))
        .filter(session -> !session.isLive(now))
        .map(KeptSession::session)
        .filter(session -> session.userId().equals(userId))
        .map(session -> session.version() + 1)
        .orElseThrow(() -> new SessionConflictException(id));
  }

  Optional<Session> revive(String id, String userId) {
    return sessions.change(
        () -> {
          Instant now = sessions.now();
          Optional<KeptSession> theirs =
              sessions.recall(id).filter(kept -> kept.session().userId().equals(userId));
          return theirs.filter(kept -> kept.isLive(now)).isPresent()
              ? theirs.map(KeptSession::session)
              : theirs
                  .filter(kept -> kept.isRevivable(sessions.rules().reviveWindow(), now))
                  .map(kept -> revive(kept, now));
        });
  }

  private Session revive(KeptSession expired, Instant now) {
    Session session = expired.session();
    makeRoom(session.id(), session.userId());
    sessions.announce(new SessionRevived(session.id(), session.userId()));
    return sessions.keep(expired.revived(now));
  }

  /** For a session of that id, which is not live yet. */
  private void makeRoom(String id, String userId) {
    Optional<SessionRules.UserLimit> userLimit =
        sessions.rules().userLimit().filter(any -> !userId.isEmpty());
    if (userLimit.isEmpty()) {
      return;
    }
    SessionRules.UserLimit limit = userLimit.get();
    List<KeptSession> others =
        sessions
            .live()
            .filter(other -> other.session().userId().equals(userId))
            .sorted(Comparator.comparing(KeptSession::session, LONGEST_INACTIVE))
            .toList();
    int excess = others.size() + 1 - limit.sessions();
    if (excess > 0 && limit.onExcess() == SessionRules.OnExcess.REFUSE) {
      throw new SessionLimitException(id, limit.sessions());
    }
    others.stream().limit(Math.max(excess, 0)).forEach(sessions::delete);
  }
}
