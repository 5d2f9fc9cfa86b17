package dev.belfry.documentation;

import dev.belfry.event.Broadcaster;
import dev.belfry.event.DeliveryState;
import dev.belfry.event.DeliveryStateChanged;
import dev.belfry.event.EventTooLargeException;
import dev.belfry.event.ServerEvent;
import dev.belfry.event.Subscription;
import jakarta.enterprise.event.Observes;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;

/** The examples of the page on events. */
class EventExamples {
  private static final Logger LOG = System.getLogger(EventExamples.class.getName());

  private final Broadcaster broadcaster;

  EventExamples(Broadcaster broadcaster) {
    this.broadcaster = broadcaster;
  }

  void publish() {
    JsonObject params = Json.createObjectBuilder().add("uri", "file:///report").build();
    broadcaster.publish(ServerEvent.of("notifications/resources/updated", params));
  }

  void publishWithoutWaiting() {
    broadcaster
        .publishAsync(ServerEvent.of("notifications/tools/list_changed"))
        .whenComplete(
            (published, failure) -> {
              if (failure != null) {
                LOG.log(Level.WARNING, "Not published", failure);
              }
            });
  }

  void publishReport(String text) {
    try {
      broadcaster.publish(ServerEvent.of("report", params("text", text)));
    } catch (EventTooLargeException tooLarge) {
      broadcaster.publish(ServerEvent.of("report", params("path", store(text))));
    }
  }

  private static JsonObject params(String name, String value) {
    return Json.createObjectBuilder().add(name, value).build();
  }

  private static String store(String text) {
    return "/reports/" + text.length();
  }

  Optional<ServerEvent> firstOf(String method) throws InterruptedException {
    try (Subscription events = broadcaster.subscribe(256)) {
      Optional<ServerEvent> event = events.next(Duration.ofSeconds(10));
      while (event.isPresent() && !event.get().method().equals(method)) {
        event = events.next(Duration.ofSeconds(10));
      }
      return event;
    }
  }

  void changed(@Observes DeliveryStateChanged change) {
    if (change.to() == DeliveryState.LIVE) {
      LOG.log(Level.INFO, "Receiving again: read anew what events may have changed");
    }
  }
}
