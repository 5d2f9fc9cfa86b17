package dev.belfry.session;

import java.util.Optional;
import java.util.function.Predicate;

/** Ends sessions of this process by order. */
final class MemorySessionRevocation implements SessionRevocation {

  private final MemorySessions sessions;

  MemorySessionRevocation(MemorySessions sessions) {
    this.sessions = sessions;
  }

  @Override
  public int deleteAll(String userId) {
    return deleteOf(userId, session -> true);
  }

  @Override
  public int deleteAllExcept(String userId, String keptId) {
    SessionIds.requireValid(keptId);
    return deleteOf(userId, session -> !session.id().equals(keptId));
  }

  private int deleteOf(String userId, Predicate<Session> condition) {
    StateRules.requireText("userId", userId);
    return sessions.change(
        () ->
            (int)
                sessions
                    .recallAll()
                    .filter(kept -> !userId.isEmpty() && kept.session().userId().equals(userId))
                    .filter(kept -> condition.test(kept.session()))
                    .filter(sessions::delete)
                    .count());
  }

  @Override
  public Optional<Session> rotate(String id, String newId) {
    SessionIds.requireValid(newId);
    if (SessionIds.requireValid(id).equals(newId)) {
      throw new IllegalArgumentException("newId must be another id than the old one");
    }
    return sessions.change(() -> sessions.live(id).map(session -> rotate(session, newId)));
  }

  private Session rotate(KeptSession old, String newId) {
    if (sessions.recall(newId).isPresent()) {
      throw new SessionConflictException(newId);
    }
    Session session = old.session();
    sessions.keep(old.deleted(sessions.now()));
    sessions.announce(new SessionRotated(session.id(), newId, session.userId()));
    return sessions.keep(old.withId(newId));
  }
}
