package dev.belfry.session;

import static java.util.Objects.requireNonNull;

import jakarta.json.JsonObject;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The sessions of the in-memory backend, which its four roles share. Changes are made one at a
 * time. A look at one session waits for none of them; a look at all sees each change whole or not
 * at all.
 */
final class MemorySessions {

  /** Written only by who holds its monitor, read by everybody. */
  private final ConcurrentMap<String, KeptSession> kept = new ConcurrentHashMap<>();

  private final SessionRules rules;
  private final Clock clock;
  private final SessionAnnouncements announcements;
  private volatile boolean closed;

  MemorySessions(SessionRules rules, Clock clock, Consumer<SessionEvent> observer) {
    this.rules = requireNonNull(rules, "rules");
    this.clock = requireNonNull(clock, "clock");
    this.announcements = new SessionAnnouncements(observer);
  }

  SessionRules rules() {
    return rules;
  }

  Instant now() {
    return clock.instant();
  }

  void close() {
    closed = true;
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("The session store is closed");
    }
  }

  /** What is known of an id, live or not. */
  Optional<KeptSession> recall(String id) {
    return Optional.ofNullable(kept.get(id));
  }

  Optional<KeptSession> live(String id) {
    requireOpen();
    Instant now = now();
    return recall(SessionIds.requireValid(id)).filter(session -> session.isLive(now));
  }

  Stream<KeptSession> live() {
    requireOpen();
    Instant now = now();
    return recallAll().filter(session -> session.isLive(now));
  }

  /** All as they were at one moment: no change is seen by halves. */
  Stream<KeptSession> recallAll() {
    synchronized (kept) {
      return List.copyOf(kept.values()).stream();
    }
  }

  /**
   * Makes a change while nobody else makes one. What it announces is told when it is done, without
   * a lock.
   *
   * @param change short, and none of the caller's code; either throws or keeps something
   */
  <T> T change(Supplier<T> change) {
    requireOpen();
    try {
      synchronized (kept) {
        return change.get();
      }
    } finally {
      announcements.deliver();
    }
  }

  /** Changes the state of a live session, if what comes out can be stored. */
  Optional<Session> changeState(String id, Function<Session, JsonObject> change) {
    return change(
        () ->
            live(id)
                .map(
                    found ->
                        keep(found.withState(requireStorable(id, change.apply(found.session()))))));
  }

  JsonObject requireStorable(String id, JsonObject state) {
    StateRules.requireSize(id, StateRules.requireStorable(state), rules.maxStateBytes());
    return state;
  }

  /** Part of a {@link #change}. */
  Session keep(KeptSession session) {
    kept.put(session.session().id(), session);
    return session.session();
  }

  /**
   * Part of a {@link #change}: ends a session by order. One that has expired is gone already, but
   * its owner could still have it back: no longer.
   *
   * @return whether it was live
   */
  boolean delete(KeptSession session) {
    boolean live = session.isLive(now());
    if (!session.isDeleted()) {
      keep(session.deleted(now()));
    }
    if (live) {
      announce(new SessionDeleted(session.session().id(), session.session().userId()));
    }
    return live;
  }

  /** Part of a {@link #change}. */
  void forget(KeptSession session) {
    kept.remove(session.session().id());
  }

  /** Part of a {@link #change}. */
  void announce(SessionEvent event) {
    announcements.add(event);
  }
}
