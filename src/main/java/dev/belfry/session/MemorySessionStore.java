package dev.belfry.session;

import static java.util.Objects.requireNonNull;

import jakarta.json.JsonObject;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Keeps sessions in this process. */
final class MemorySessionStore implements SessionStore {

  private final MemorySessions sessions;
  private final MemorySessionBeginnings beginnings;

  MemorySessionStore(MemorySessions sessions) {
    this.sessions = sessions;
    this.beginnings = new MemorySessionBeginnings(sessions);
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
    StateRules.requireNegotiated(negotiated);
    return beginnings.create(id, userId, state, lifetime, negotiated);
  }

  @Override
  public Optional<Session> find(String id) {
    return sessions.live(id).map(KeptSession::session);
  }

  @Override
  public Optional<Session> revive(String id, String userId) {
    sessions.requireOpen();
    SessionIds.requireValid(id);
    StateRules.requireText("userId", userId);
    return beginnings.revive(id, userId);
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
    return sessions.change(() -> sessions.recall(id).map(sessions::delete).orElse(false));
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
    sessions.keep(session.expired(now));
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
