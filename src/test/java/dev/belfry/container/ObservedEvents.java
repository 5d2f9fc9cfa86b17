package dev.belfry.container;

import dev.belfry.cdi.Topic;
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
  private final Queue<ServerEvent> ofTopic = new ConcurrentLinkedQueue<>();
  private final Queue<ServerEvent> forClients = new ConcurrentLinkedQueue<>();
  private final Queue<DeliveryStateChanged> changes = new ConcurrentLinkedQueue<>();

  void onEvent(@Observes ServerEvent event) {
    events.add(event);
    if (event.method().equals("test/failing-observer")) {
      throw new IllegalStateException("the application's bug, as the test wants it");
    }
  }

  void onReload(@Observes @Topic("reload") ServerEvent event) {
    ofTopic.add(event);
  }

  void onClientEvent(@Observes @Topic ServerEvent event) {
    forClients.add(event);
  }

  void onChange(@Observes DeliveryStateChanged change) {
    changes.add(change);
  }

  /** The events of one method as they were published, in the order of arrival. */
  List<ServerEvent> of(String method) {
    return events.stream()
        .map(ServerEvent::withoutId)
        .filter(event -> event.method().equals(method))
        .toList();
  }

  /** The methods of the events of topic "reload". */
  List<String> ofTopicReload() {
    return ofTopic.stream().map(ServerEvent::method).toList();
  }

  /** The methods of the events without a topic. */
  List<String> forClients() {
    return forClients.stream().map(ServerEvent::method).toList();
  }

  List<DeliveryStateChanged> changes() {
    return List.copyOf(changes);
  }
}
