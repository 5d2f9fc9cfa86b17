package dev.belfry.documentation;

import dev.belfry.session.Session;
import dev.belfry.session.SessionIds;
import dev.belfry.session.SessionPage;
import dev.belfry.session.SessionStore;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The examples of the page on sessions. */
record SessionExamples(SessionStore sessions) {

  Session create(String owner) {
    JsonObject state = Json.createObjectBuilder().add("language", "en").build();
    Session session = sessions.create(SessionIds.mint(), owner, state);
    return session;
  }

  Optional<String> language(String id) {
    Optional<String> language =
        sessions.find(id).map(session -> session.state().getString("language", "en"));
    return language;
  }

  boolean translate(String id) {
    JsonObject changes = Json.createObjectBuilder().add("language", "de").build();
    boolean changed = sessions.mergeState(id, changes);
    return changed;
  }

  List<Session> all() {
    List<Session> all = new ArrayList<>();
    Optional<SessionPage.Request> request = Optional.of(SessionPage.Request.first(100));
    while (request.isPresent()) {
      SessionPage page = sessions.list(request.get());
      all.addAll(page.sessions());
      request = page.next();
    }
    return all;
  }
}
