package dev.belfry.documentation;

import dev.belfry.session.Lifetime;
import dev.belfry.session.Session;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionHandles;
import dev.belfry.session.SessionIds;
import dev.belfry.session.SessionPage;
import dev.belfry.session.SessionQueries;
import dev.belfry.session.SessionQuery;
import dev.belfry.session.SessionRevocation;
import dev.belfry.session.SessionStates;
import dev.belfry.session.SessionStore;
import dev.belfry.session.StateChange;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The examples of the page on sessions. */
record SessionExamples(
    SessionStore sessions,
    SessionStates states,
    SessionQueries queries,
    SessionRevocation revocation,
    SessionHandles handles) {

  static SessionExamples of(SessionBackend backend) {
    return new SessionExamples(
        backend.store(),
        backend.states(),
        backend.queries(),
        backend.revocation(),
        new SessionHandles(backend.store(), backend.queries()));
  }

  Session create(String owner) {
    JsonObject state = Json.createObjectBuilder().add("language", "en").build();
    Session session = sessions.create(SessionIds.mint(), owner, state);
    return session;
  }

  Session createForADay(String owner, JsonObject state) {
    Lifetime workday = Lifetime.of(Duration.ofMinutes(15)).atMost(Duration.ofHours(8));
    Session session = sessions.create(SessionIds.mint(), owner, state, workday);
    return session;
  }

  Optional<String> language(String id) {
    Optional<String> language =
        sessions.find(id).map(session -> session.state().getString("language", "en"));
    return language;
  }

  Optional<Session> revive(String id, String userId) {
    Optional<Session> back = sessions.revive(id, userId);
    return back;
  }

  boolean translate(String id) {
    JsonObject changes = Json.createObjectBuilder().add("language", "de").build();
    boolean changed = sessions.mergeState(id, changes);
    return changed;
  }

  Optional<Session> visit(String id) {
    Optional<Session> changed =
        states.apply(
            id,
            List.of(
                StateChange.increment("/visits", 1),
                StateChange.append("/pages", Json.createValue("/home")),
                StateChange.setAt("/cart/currency", Json.createValue("EUR")),
                StateChange.removeKeys("draft")));
    return changed;
  }

  List<Optional<Session>> replace(String id, Session session, JsonObject state) {
    Optional<Session> updated =
        states.update(id, before -> Json.createObjectBuilder(before).remove("draft").build());
    Optional<Session> set = states.compareAndSet(id, session.version(), state);
    return List.of(updated, set);
  }

  Optional<Cart> cart(String id) {
    Optional<Cart> cart = sessions.find(id).map(session -> session.stateAs(Cart.class));
    return cart;
  }

  Found find(String userId) {
    SessionQuery mine = SessionQuery.ofUser(userId);
    long devices = queries.count(mine);
    Optional<Session> latest = queries.latestForUser(userId, "dps_");
    SessionPage page = queries.list(mine, SessionPage.Request.first(20));
    return new Found(devices, latest, page);
  }

  record Found(long devices, Optional<Session> latest, SessionPage page) {}

  List<String> paying() {
    SessionQuery paying = SessionQuery.all().where("/cart/currency", Json.createValue("EUR"));
    List<String> owners = queries.stream(paying).map(Session::userId).distinct().toList();
    return owners;
  }

  Revoked revoke(String userId, String currentId) {
    int elsewhere = revocation.deleteAllExcept(userId, currentId); // "Sign me out everywhere else."
    int everywhere = revocation.deleteAll(userId);
    Optional<Session> promoted = revocation.rotate(currentId, SessionIds.mint());
    return new Revoked(elsewhere, everywhere, promoted);
  }

  record Revoked(int elsewhere, int everywhere, Optional<Session> promoted) {}

  List<Session> handle(String principal) {
    Session handle = handles.mint(principal, "dps_", Duration.ofHours(1));
    Optional<Session> mine = handles.get(principal, handle.id());
    SessionPage all = handles.list(principal, SessionPage.Request.first(20));
    boolean ended = handles.end(principal, handle.id());
    return ended && mine.isPresent() ? all.sessions() : List.of();
  }
}
