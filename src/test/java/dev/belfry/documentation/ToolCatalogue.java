package dev.belfry.documentation;

import dev.belfry.event.Broadcaster;
import dev.belfry.event.ServerEvent;
import dev.belfry.session.SessionStore;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.json.Json;

/** The example of the README. */
@ApplicationScoped
public class ToolCatalogue {
  @Inject SessionStore sessions;
  @Inject Broadcaster broadcaster;

  public void enable(String sessionId, String tool) {
    sessions.mergeState(sessionId, Json.createObjectBuilder().add(tool, true).build());
    broadcaster.publish(ServerEvent.of("notifications/tools/list_changed"));
  }

  void changed(@Observes ServerEvent event) {
    System.out.println(event.method()); // On every replica, this one included.
  }
}
