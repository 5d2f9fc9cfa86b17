package dev.belfry.container;

import dev.belfry.session.SessionCreated;
import dev.belfry.session.SessionDeleted;
import dev.belfry.session.SessionEvent;
import dev.belfry.session.SessionExpired;
import dev.belfry.session.SessionRevived;
import dev.belfry.session.SessionRotated;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** An application's observer of sessions; of some users' it fails. */
@ApplicationScoped
public class ObservedSessions {

  /** Whose sessions' creation it fails to observe. */
  static final String FAILING = "failing-observer";

  private final Queue<SessionEvent> events = new ConcurrentLinkedQueue<>();

  void onCreated(@Observes SessionCreated created) {
    events.add(created);
    if (created.userId().equals(FAILING)) {
      throw new IllegalStateException("the application's bug, as the test wants it");
    }
  }

  void onDeleted(@Observes SessionDeleted deleted) {
    events.add(deleted);
  }

  void onExpired(@Observes SessionExpired expired) {
    events.add(expired);
  }

  void onRevived(@Observes SessionRevived revived) {
    events.add(revived);
  }

  void onRotated(@Observes SessionRotated rotated) {
    events.add(rotated);
  }

  /** What happened to a session, in the order of arrival. */
  List<SessionEvent> of(String sessionId) {
    return events.stream().filter(event -> event.sessionId().equals(sessionId)).toList();
  }
}
