package dev.belfry.cdi;

import dev.belfry.event.DeliveryObserver;
import dev.belfry.event.EventId;
import dev.belfry.event.Passed;
import dev.belfry.event.Reset;
import dev.belfry.event.ServerEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;

/** Makes CDI events of what is delivered. */
@ApplicationScoped
class EventRelay implements DeliveryObserver {

  @Inject private Event<ServerEvent> events;
  @Inject private Event<Reset> resets;
  @Inject private Event<EventId> positions;
  @Inject private Event<Passed> passed;

  @Override
  public void onEvent(ServerEvent event) {
    events.select(new Topic.Literal(event.topic())).fire(event);
  }

  @Override
  public void onReset(Reset reset) {
    resets.fire(reset);
  }

  @Override
  public void onPosition(EventId position) {
    positions.fire(position);
  }

  @Override
  public void onPassed(Passed entry) {
    passed.fire(entry);
  }
}
