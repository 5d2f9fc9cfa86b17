package dev.belfry.session;

import static java.util.Objects.requireNonNull;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What is kept in memory of a session, during its life and for a while after its end.
 *
 * @param session as it is found while it is live; without its state after its end
 * @param ending empty until it has ended; an expiry that nobody has announced is no end
 */
record KeptSession(Session session, Lifetime lifetime, Optional<Ending> ending) {

  KeptSession {
    requireNonNull(session, "session");
    requireNonNull(lifetime, "lifetime");
    requireNonNull(ending, "ending");
  }

  /**
   * When and how a session has ended.
   *
   * @param deleted whether by order; otherwise by its expiry
   */
  record Ending(Instant at, boolean deleted) {}

  boolean isLive(Instant now) {
    return ending.isEmpty() && session.expiresAt().isAfter(now);
  }

  /** Whether nobody may have its id again. */
  boolean isDeleted() {
    return ending.map(Ending::deleted).orElse(false);
  }

  /** Whether its end is longer ago than that. */
  boolean endedBefore(Duration window, Instant now) {
    return ending.filter(end -> Duration.between(end.at(), now).compareTo(window) > 0).isPresent();
  }

  KeptSession touched(Instant now) {
    Instant newExpiry = expiry(lifetime, session.createdAt(), now);
    return with(
        new Session(
            session.id(),
            session.userId(),
            session.createdAt(),
            later(session.lastActiveAt(), now),
            later(session.expiresAt(), newExpiry),
            session.state(),
            session.version(),
            session.negotiated()));
  }

  KeptSession withState(JsonObject state) {
    return with(changed(session.id(), state));
  }

  KeptSession withId(String id) {
    return with(changed(id, session.state()));
  }

  KeptSession ended(Instant now, boolean deleted) {
    return new KeptSession(
        changed(session.id(), JsonValue.EMPTY_JSON_OBJECT),
        lifetime,
        Optional.of(new Ending(now, deleted)));
  }

  /** When a session expires that was active then. */
  static Instant expiry(Lifetime lifetime, Instant createdAt, Instant activeAt) {
    Instant expiry = activeAt.plus(lifetime.timeToLive());
    return lifetime
        .maximum()
        .map(createdAt::plus)
        .filter(end -> end.isBefore(expiry))
        .orElse(expiry);
  }

  private Session changed(String id, JsonObject state) {
    return new Session(
        id,
        session.userId(),
        session.createdAt(),
        session.lastActiveAt(),
        session.expiresAt(),
        state,
        session.version() + 1,
        session.negotiated());
  }

  private KeptSession with(Session newSession) {
    return new KeptSession(newSession, lifetime, ending);
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }
}
