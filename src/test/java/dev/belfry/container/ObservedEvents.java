package dev.belfry.container;

import dev.belfry.event.DeliveryStateChanged;
import dev.belfry.event.ServerEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** An application's observer. */
@ApplicationScoped
public class ObservedEvents {

  private final Queue<ServerEvent> events = new ConcurrentLinkedQueue<>();
  private final Queue<DeliveryStateChanged> changes = new ConcurrentLinkedQueue<>();

  void onEvent(@Observes ServerEvent event) {
    events.add(event);
    if (event.method().equals("test/failing-observer")) {
      throw new IllegalStateException("the application's bug, as the test wants it");
    }
  }

  void onChange(@Observes DeliveryStateChanged change) {
    changes.add(change);
  }

  /** The events of one method, in the order of arrival. */
  List<ServerEvent> of(String method) {
    return events.stream().filter(event -> event.method().equals(method)).toList();
  }

  List<DeliveryStateChanged> changes() {
    return List.copyOf(changes);
  }
}
