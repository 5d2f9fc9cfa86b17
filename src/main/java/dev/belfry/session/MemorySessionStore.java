package dev.belfry.session;

import static java.util.Objects.requireNonNull;
import static java.util.function.Predicate.not;

import jakarta.json.JsonObject;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Keeps sessions in this process. */
final class MemorySessionStore implements SessionStore {

  /** Whom to evict first. */
  private static final Comparator<Session> LONGEST_INACTIVE =
      Comparator.comparing(Session::lastActiveAt)
          .thenComparing(Session::createdAt)
          .thenComparing(Session::id);

  private final MemorySessions sessions;

  MemorySessionStore(MemorySessions sessions) {
    this.sessions = sessions;
  }

  @Override
  public Session create(String id, String userId, JsonObject state) {
    return create(id, userId, state, sessions.rules().lifetime());
  }

  @Override
  public Session create(
      String id, String userId, JsonObject state, Lifetime lifetime, JsonObject negotiated) {
    sessions.requireOpen();
    SessionIds.requireValid(id);
    StateRules.requireText("userId", userId);
    requireNonNull(lifetime, "lifetime");
    sessions.requireStorable(id, state);
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

  @Override
  public Optional<Session> find(String id) {
    return sessions.live(id).map(KeptSession::session);
  }

  @Override
  public Optional<Session> revive(String id, String userId) {
    return find(id).filter(session -> session.userId().equals(userId));
  }

  @Override
  public boolean exists(String id) {
    return sessions.live(id).isPresent();
  }

  @Override
  public boolean touch(String id) {
    return touchAll(Set.of(id)).touched().contains(id);
  }

  @Override
  public Touched touchAll(Collection<String> ids) {
    ids.forEach(SessionIds::requireValid);
    Set<String> touched = new HashSet<>();
    Set<String> gone = new HashSet<>();
    return sessions.change(
        () -> {
          for (String id : ids) {
            Optional<KeptSession> live = sessions.live(id);
            live.ifPresent(session -> sessions.keep(session.touched(sessions.now())));
            (live.isPresent() ? touched : gone).add(id);
          }
          return new Touched(touched, gone);
        });
  }

  @Override
  public boolean delete(String id) {
    SessionIds.requireValid(id);
    return sessions.change(
        () -> {
          Optional<KeptSession> live = sessions.live(id);
          live.ifPresent(sessions::delete);
          // What has expired is gone already, but its owner could still replace it: no longer.
          sessions
              .recall(id)
              .filter(not(KeptSession::isDeleted))
              .ifPresent(expired -> sessions.keep(expired.ended(sessions.now(), true)));
          return live.isPresent();
        });
  }

  @Override
  public boolean mergeState(String id, JsonObject changes) {
    StateChange merge = StateChange.merge(StateRules.requireStorable(changes));
    return sessions.changeState(id, session -> merge.applyTo(session.state())).isPresent();
  }

  @Override
  public int deleteExpired() {
    return sessions.change(
        () -> {
          Instant now = sessions.now();
          sessions
              .recallAll()
              .filter(session -> session.endedBefore(sessions.rules().reviveWindow(), now))
              .forEach(sessions::forget);
          List<KeptSession> expired =
              sessions
                  .recallAll()
                  .filter(session -> session.ending().isEmpty() && !session.isLive(now))
                  .toList();
          expired.forEach(session -> expire(session, now));
          return expired.size();
        });
  }

  private void expire(KeptSession session, Instant now) {
    sessions.announce(new SessionExpired(session.session()));
    sessions.keep(session.ended(now, false));
  }

  @Override
  public void check() {
    sessions.requireOpen();
  }

  @Override
  public void close() {
    sessions.close();
  }
}
