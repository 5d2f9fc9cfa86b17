package dev.belfry.event;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what it observes. Thread-safe. */
public final class RecordingObserver implements DeliveryObserver {

  private final List<ServerEvent> events = new CopyOnWriteArrayList<>();
  private final List<Reset> resets = new CopyOnWriteArrayList<>();

  public List<ServerEvent> events() {
    return List.copyOf(events);
  }

  public List<Reset> resets() {
    return List.copyOf(resets);
  }

  @Override
  public void onEvent(ServerEvent event) {
    events.add(event);
  }

  @Override
  public void onReset(Reset reset) {
    resets.add(reset);
  }

  @Override
  public void onPosition(EventId position) {
    // Nothing that anybody has to keep.
  }
}
