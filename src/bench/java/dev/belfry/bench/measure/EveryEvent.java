package dev.belfry.bench.measure;

import static java.util.Objects.requireNonNull;

import dev.belfry.event.DeliveryObserver;
import dev.belfry.event.EventId;
import dev.belfry.event.Reset;
import dev.belfry.event.ServerEvent;
import java.util.function.Consumer;

/** Hears every event, and fails if some are lost. */
public final class EveryEvent implements DeliveryObserver {
  private final Consumer<ServerEvent> heard;

  public EveryEvent(Consumer<ServerEvent> heard) {
    this.heard = requireNonNull(heard, "heard");
  }

  @Override
  public void onEvent(ServerEvent event) {
    heard.accept(event);
  }

  @Override
  public void onReset(Reset reset) {
    throw new BenchException("Events were lost: " + reset);
  }

  @Override
  public void onPosition(EventId position) {
    // Where it begins.
  }
}
