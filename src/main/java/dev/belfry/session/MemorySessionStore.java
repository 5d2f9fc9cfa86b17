package dev.belfry.session;

import static java.util.Objects.requireNonNull;
import static java.util.function.Predicate.not;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Keeps sessions in this process: for tests, development and applications of one replica. */
public final class MemorySessionStore implements SessionStore {

  private final ConcurrentMap<String, Session> sessions = new ConcurrentHashMap<>();
  private final Duration timeToLive;
  private final Clock clock;
  private volatile boolean closed;

  /**
   * @param timeToLive how long a session lives after its creation or its last touch; positive
   * @param clock the store's time
   */
  public MemorySessionStore(Duration timeToLive, Clock clock) {
    this.timeToLive = requireNonNull(timeToLive, "timeToLive");
    this.clock = requireNonNull(clock, "clock");
  }

  @Override
  public Session create(String id, String userId, JsonObject state) {
    requireOpen();
    SessionIds.requireValid(id);
    SessionState.requireStorable(state);
    requireNonNull(userId, "userId");
    Instant now = clock.instant();
    return sessions.compute(
        id,
        (key, existing) -> {
          if (existing != null && (isLive(existing) || !existing.userId().equals(userId))) {
            throw new SessionConflictException(id);
          }
          long version = existing == null ? 0 : existing.version() + 1;
          return new Session(id, userId, now, now, now.plus(timeToLive), state, version);
        });
  }

  @Override
  public Optional<Session> find(String id) {
    requireOpen();
    return Optional.ofNullable(sessions.get(SessionIds.requireValid(id))).filter(this::isLive);
  }

  @Override
  public Optional<Session> latestForUser(String userId, String idPrefix) {
    requireOpen();
    requireNonNull(idPrefix, "idPrefix");
    return userId.isEmpty()
        ? Optional.empty()
        : live()
            .filter(session -> session.userId().equals(userId))
            .filter(session -> session.id().startsWith(idPrefix))
            .max(Comparator.comparing(Session::lastActiveAt).thenComparing(Session::createdAt));
  }

  @Override
  public boolean touch(String id) {
    return changeLive(
        id,
        session -> {
          Instant now = clock.instant();
          return new Session(
              session.id(),
              session.userId(),
              session.createdAt(),
              latest(session.lastActiveAt(), now),
              latest(session.expiresAt(), now.plus(timeToLive)),
              session.state(),
              session.version());
        });
  }

  @Override
  public boolean delete(String id) {
    requireOpen();
    return Optional.ofNullable(sessions.remove(SessionIds.requireValid(id)))
        .filter(this::isLive)
        .isPresent();
  }

  @Override
  public SessionPage list(SessionPage.Request request) {
    requireOpen();
    List<Session> page =
        live()
            .filter(session -> session.id().compareTo(request.afterId()) > 0)
            .sorted(Comparator.comparing(Session::id))
            .limit(request.limit())
            .toList();
    return SessionPage.of(request, page);
  }

  @Override
  public boolean mergeState(String id, JsonObject changes) {
    SessionState.requireStorable(changes);
    return changeLive(
        id,
        session -> {
          JsonObjectBuilder merged = Json.createObjectBuilder(session.state());
          changes.forEach(merged::add);
          return new Session(
              session.id(),
              session.userId(),
              session.createdAt(),
              session.lastActiveAt(),
              session.expiresAt(),
              merged.build(),
              session.version() + 1);
        });
  }

  @Override
  public int deleteExpired() {
    requireOpen();
    List<Session> expired = sessions.values().stream().filter(not(this::isLive)).toList();
    return (int) expired.stream().filter(session -> sessions.remove(session.id(), session)).count();
  }

  @Override
  public void check() {
    requireOpen();
  }

  @Override
  public void close() {
    closed = true;
  }

  private boolean changeLive(String id, UnaryOperator<Session> change) {
    requireOpen();
    Session changed =
        sessions.computeIfPresent(
            SessionIds.requireValid(id),
            (key, session) -> isLive(session) ? change.apply(session) : session);
    return changed != null && isLive(changed);
  }

  private Stream<Session> live() {
    return sessions.values().stream().filter(this::isLive);
  }

  private boolean isLive(Session session) {
    return session.expiresAt().isAfter(clock.instant());
  }

  private static Instant latest(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("The session store is closed");
    }
  }
}
