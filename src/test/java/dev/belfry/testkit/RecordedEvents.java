package dev.belfry.testkit;

import dev.belfry.session.SessionEvent;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Keeps the events that it is told, in their order. Thread-safe. */
public final class RecordedEvents implements Consumer<SessionEvent> {

  private final List<SessionEvent> events = new CopyOnWriteArrayList<>();

  @Override
  public void accept(SessionEvent event) {
    events.add(event);
  }

  /** All events so far. */
  public List<SessionEvent> all() {
    return List.copyOf(events);
  }

  /** Those of one session so far. */
  public List<SessionEvent> of(String sessionId) {
    return events.stream().filter(event -> event.sessionId().equals(sessionId)).toList();
  }
}
