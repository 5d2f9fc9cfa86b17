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
 * @param session as it is found while it is live, and as it was at last when it has expired; of a
 *     deleted one nothing is left that the application has put into it
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

  /** Whether it has expired, but not longer ago than that, and could live on. */
  boolean isRevivable(Duration window, Instant now) {
    return !isDeleted()
        && !isLive(now)
        && session.expiresAt().isAfter(now.minus(window))
        && lifetime.maximum().map(session.createdAt()::plus).stream().allMatch(now::isBefore);
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
    return with(session.changedTo(state));
  }

  KeptSession withId(String id) {
    return with(session.changedTo(session.state()).withId(id));
  }

  /** What becomes of it when its expiry was announced: its owner may still have it back. */
  KeptSession expired(Instant now) {
    return new KeptSession(session, lifetime, Optional.of(new Ending(now, false)));
  }

  /** What becomes of it by order: all that matters is that nobody gets its id. */
  KeptSession deleted(Instant now) {
    Session buried =
        new Session(
            session.id(),
            session.userId(),
            session.createdAt(),
            session.lastActiveAt(),
            session.expiresAt(),
            JsonValue.EMPTY_JSON_OBJECT,
            session.version() + 1,
            JsonValue.EMPTY_JSON_OBJECT);
    return new KeptSession(buried, lifetime, Optional.of(new Ending(now, true)));
  }

  /** What it is again after {@link #isRevivable}: live, and active now. */
  KeptSession revived(Instant now) {
    return new KeptSession(touched(now).session(), lifetime, Optional.empty());
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

  private KeptSession with(Session newSession) {
    return new KeptSession(newSession, lifetime, ending);
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }
}
