package dev.belfry.documentation;

import dev.belfry.cdi.Topic;
import dev.belfry.event.Audience;
import dev.belfry.event.Broadcaster;
import dev.belfry.event.EventId;
import dev.belfry.event.Presence;
import dev.belfry.event.PublishOption;
import dev.belfry.event.Replay;
import dev.belfry.event.Reset;
import dev.belfry.event.ServerEvent;
import dev.belfry.event.Subscription;
import dev.belfry.session.Session;
import dev.belfry.session.SessionStore;
import jakarta.enterprise.event.Observes;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.transaction.Transactional;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The examples of the page on events. */
class EventExamples {
  private static final Logger LOG = System.getLogger(EventExamples.class.getName());

  private final Broadcaster broadcaster;
  private final SessionStore sessions;
  private final List<String> sent = new ArrayList<>();

  EventExamples(Broadcaster broadcaster, SessionStore sessions) {
    this.broadcaster = broadcaster;
    this.sessions = sessions;
  }

  Optional<EventId> publish() {
    JsonObject params = Json.createObjectBuilder().add("uri", "file:///report").build();
    ServerEvent updated = ServerEvent.of("notifications/resources/updated", params);
    Optional<EventId> id = broadcaster.publish(updated);
    return id;
  }

  void publishWithoutWaiting() {
    broadcaster
        .publishAsync(ServerEvent.of("notifications/tools/list_changed"))
        .whenComplete(
            (id, failure) -> {
              if (failure != null) {
                LOG.log(Level.WARNING, "Not published", failure);
              }
            });
  }

  @Transactional
  public void disable(String sessionId, String tool) {
    sessions.mergeState(sessionId, Json.createObjectBuilder().add(tool, false).build());
    broadcaster.publish(ServerEvent.of("notifications/tools/list_changed"));
  }

  void publishOnce(String order) {
    ServerEvent paid = ServerEvent.of("order/paid", params("order", order));
    broadcaster.publish(paid, PublishOption.idempotent("paid " + order));
  }

  void publishTogether() {
    broadcaster.publish(
        ServerEvent.of("notifications/tools/list_changed"), PublishOption.coalesced("tools"));
  }

  void publishToSome(Session session, JsonObject params) {
    broadcaster.publish(ServerEvent.of("changed").onTopic("prices/reload"));
    broadcaster.publish(ServerEvent.of("notifications/message", params).forSession(session.id()));
    broadcaster.publish(ServerEvent.of("notifications/message", params).forUser(session.userId()));
  }

  static JsonObject params(String name, String value) {
    return Json.createObjectBuilder().add(name, value).build();
  }

  void pricesChanged(@Observes @Topic("prices/reload") ServerEvent event) {
    LOG.log(Level.INFO, "Prices are read anew");
  }

  void forClients(@Observes @Topic ServerEvent event) {
    if (event.audience().equals(Audience.EVERYONE)) {
      send(event);
    }
  }

  private void send(ServerEvent event) {
    sent.add(event.method());
  }

  List<String> sent() {
    return sent;
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

  List<ServerEvent> since(EventId seen) {
    List<ServerEvent> events = new ArrayList<>();
    EventId place = seen;
    boolean complete = false;
    while (!complete) {
      Replay replay = broadcaster.replay(place);
      if (replay instanceof Replay.Events page) {
        events.addAll(page.events());
        place = page.position();
        complete = page.complete();
      } else if (replay instanceof Replay.Interrupted interrupted) {
        throw new IllegalStateException("Events are missing: " + interrupted.reset().reason());
      }
    }
    return events;
  }

  void missed(@Observes Reset reset) {
    LOG.log(Level.INFO, "Events are missing: read anew what they may have changed");
  }

  static String describe(Presence presence) {
    Presence.Count count = presence.count();
    return "%d streams on %d replicas".formatted(count.streams(), count.replicas());
  }
}
