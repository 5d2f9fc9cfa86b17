package dev.belfry.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.belfry.cdi.InTransaction;
import dev.belfry.session.Lifetime;
import dev.belfry.session.Session;
import dev.belfry.session.SessionConflictException;
import dev.belfry.session.SessionCreated;
import dev.belfry.session.SessionDeleted;
import dev.belfry.session.SessionEvent;
import dev.belfry.session.SessionExpired;
import dev.belfry.session.SessionHandles;
import dev.belfry.session.SessionPage;
import dev.belfry.session.SessionQueries;
import dev.belfry.session.SessionQuery;
import dev.belfry.session.SessionRevived;
import dev.belfry.session.SessionRevocation;
import dev.belfry.session.SessionRotated;
import dev.belfry.session.SessionStates;
import dev.belfry.session.SessionStore;
import dev.belfry.session.StateChange;
import jakarta.inject.Inject;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import jakarta.transaction.UserTransaction;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.OperateOnDeployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.container.test.api.TargetsContainer;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What applications inject for sessions, and what they observe, inside two servers that share them;
 * and in applications that keep them in memory. The tests build on each other across the servers.
 */
@ExtendWith(ArquillianExtension.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SessionRolesIT {

  private static final Duration LONG = Duration.ofSeconds(20);
  private static final JsonObject EMPTY = JsonValue.EMPTY_JSON_OBJECT;
  private static final String ID = "Mcp-Session-Id";
  private static final String[] ANN = {"Authorization", "Bearer ann"};

  @Inject SessionStore store;
  @Inject SessionQueries queries;
  @Inject SessionRevocation revocation;
  @Inject SessionStates states;
  @Inject SessionHandles handles;
  @Inject @InTransaction SessionStore storeInTransaction;
  @Inject @InTransaction SessionQueries queriesInTransaction;
  @Inject @InTransaction SessionRevocation revocationInTransaction;
  @Inject @InTransaction SessionStates statesInTransaction;
  @Inject ObservedSessions observed;
  @Inject UserTransaction transaction;

  @Deployment(name = "alpha")
  @TargetsContainer("alpha")
  static WebArchive alpha() {
    return war(
        "roles-alpha",
        Map.of("belfry.session.table", "roles", "belfry.session.cache-count", "100"));
  }

  @Deployment(name = "beta")
  @TargetsContainer("beta")
  static WebArchive beta() {
    return war(
        "roles-beta", Map.of("belfry.session.table", "roles", "belfry.session.cache-count", "100"));
  }

  @Deployment(name = "memory")
  @TargetsContainer("alpha")
  static WebArchive memory() {
    return war("roles-memory", Map.of("belfry.backend", "memory"));
  }

  @Deployment(name = "quiet")
  @TargetsContainer("beta")
  static WebArchive quiet() {
    return war("roles-quiet", Map.of("belfry.backend", "memory", "belfry.session.events", "false"));
  }

  private static WebArchive war(String name, Map<String, String> settings) {
    return Wars.war(name, settings)
        .addClasses(SessionRolesIT.class, ObservedSessions.class, CartEndpoint.class)
        .setWebXML(Wars.filtering("/mcp"));
  }

  @Test
  @Order(1)
  @OperateOnDeployment("alpha")
  void creationIsObserved() {
    store.create("shared", "ann", EMPTY);

    awaitObserved("shared", new SessionCreated("shared", "ann"));
  }

  @Test
  @Order(2)
  @OperateOnDeployment("beta")
  void creationOnTheOtherServerIsObservedToo() {
    awaitObserved("shared", new SessionCreated("shared", "ann"));

    assertThat(revocation.rotate("shared", "renamed")).isPresent();
    assertThat(store.delete("renamed")).isTrue();
  }

  @Test
  @Order(3)
  @OperateOnDeployment("alpha")
  void rotationAndDeletionOnTheOtherServerAreObservedOnce() {
    awaitObserved("renamed", new SessionDeleted("renamed", "ann"));
    assertThat(observed.of("shared"))
        .containsExactly(
            new SessionCreated("shared", "ann"), new SessionRotated("shared", "renamed", "ann"));
  }

  @Test
  @Order(4)
  @OperateOnDeployment("beta")
  void expiryIsObservedWithTheLastState() {
    Lifetime lifetime = Lifetime.of(Duration.ofMillis(100));
    store.create("short", "ann", Json.createObjectBuilder().add("a", 1).build(), lifetime);

    awaitExpiry("short");
  }

  @Test
  @Order(5)
  @OperateOnDeployment("alpha")
  void expiryIsObservedOnTheOtherServerTooWhichRevivesTheSession() {
    awaitExpiry("short");

    assertThat(store.revive("short", "tom")).isEmpty();
    assertThat(store.revive("short", "ann").orElseThrow().state().getInt("a")).isEqualTo(1);
    awaitRevival("short");
  }

  private void awaitExpiry(String id) {
    await().atMost(LONG).until(() -> observed.of(id).size() == 2);
    assertThat(observed.of(id).get(1))
        .isInstanceOfSatisfying(
            SessionExpired.class,
            expired -> {
              assertThat(expired.userId()).isEqualTo("ann");
              assertThat(expired.session().state().getInt("a")).isEqualTo(1);
            });
  }

  @Test
  @Order(6)
  @OperateOnDeployment("alpha")
  void observerThatFailsHarmsNobody() {
    store.create("failing", ObservedSessions.FAILING, EMPTY);
    store.create("next", "ann", EMPTY);

    awaitObserved("next", new SessionCreated("next", "ann"));
    assertThat(store.delete("failing")).isTrue();
    awaitObserved(
        "failing",
        new SessionCreated("failing", ObservedSessions.FAILING),
        new SessionDeleted("failing", ObservedSessions.FAILING));
  }

  @Test
  @Order(7)
  @OperateOnDeployment("alpha")
  void operationStandsAloneUnlessItIsInjectedInTransaction() throws Exception {
    transaction.begin();
    store.create("alone", "tom", EMPTY);
    storeInTransaction.create("joining", "tom", EMPTY);
    assertThat(storeInTransaction.exists("joining")).isTrue();
    assertThat(store.exists("joining")).isFalse();
    assertThat(queriesInTransaction.count(SessionQuery.ofUser("tom"))).isEqualTo(2);
    assertThat(queries.count(SessionQuery.ofUser("tom"))).isEqualTo(1);
    transaction.rollback();

    assertThat(store.exists("alone")).isTrue();
    assertThat(store.exists("joining")).isFalse();
    awaitObserved("alone", new SessionCreated("alone", "tom"));
    assertThat(observed.of("joining")).isEmpty();
  }

  @Test
  @Order(8)
  @OperateOnDeployment("alpha")
  void whatIsDoneInATransactionIsDoneWhenItCommits() throws Exception {
    transaction.begin();
    storeInTransaction.create("committed", "tom", EMPTY);
    statesInTransaction.apply("committed", StateChange.increment("/n", 2));
    assertThat(revocationInTransaction.deleteAllExcept("tom", "committed")).isEqualTo(1);
    assertThat(store.exists("committed")).isFalse();
    assertThat(store.exists("alone")).isTrue();
    transaction.commit();

    assertThat(store.find("committed").orElseThrow().state().getInt("n")).isEqualTo(2);
    assertThat(store.exists("alone")).isFalse();
    awaitObserved("committed", new SessionCreated("committed", "tom"));
    awaitObserved("alone", new SessionCreated("alone", "tom"), new SessionDeleted("alone", "tom"));
  }

  @Test
  @Order(9)
  @OperateOnDeployment("alpha")
  void failureOfWhatStandsAloneDoesNotEndTheTransaction() throws Exception {
    transaction.begin();
    storeInTransaction.create("survivor", "tom", EMPTY);
    assertThatExceptionOfType(SessionConflictException.class)
        .isThrownBy(() -> store.create("committed", "tom", EMPTY));
    transaction.commit();

    assertThat(store.exists("survivor")).isTrue();
  }

  @Test
  @Order(10)
  @OperateOnDeployment("beta")
  void everyRoleServesWithoutATransaction() {
    assertThat(states.apply("committed", StateChange.increment("/n", 1)))
        .hasValueSatisfying(session -> assertThat(session.state().getInt("n")).isEqualTo(3));
    assertThat(queries.latestForUser("tom", "comm").map(Session::id)).contains("committed");
    assertThat(storeInTransaction.exists("survivor")).isTrue();
    assertThat(revocation.deleteAll("tom")).isEqualTo(2);
    assertThat(queries.count(SessionQuery.ofUser("tom"))).isZero();
  }

  @Test
  @Order(11)
  @OperateOnDeployment("alpha")
  void handleIsMinted() {
    Session handle = handles.mint("principal");

    assertThat(handle.id()).startsWith(SessionHandles.DEFAULT_PREFIX);
    assertThat(handles.get("principal", handle.id())).isPresent();
  }

  @Test
  @Order(12)
  @OperateOnDeployment("beta")
  void handleServesItsPrincipalAloneOnTheOtherServerToo() {
    List<Session> mine = handles.list("principal", SessionPage.Request.first(10)).sessions();
    assertThat(mine).hasSize(1);
    String id = mine.get(0).id();

    assertThat(handles.get("thief", id)).isEmpty();
    assertThat(handles.end("thief", id)).isFalse();
    assertThat(handles.get("principal", id)).isPresent();
    assertThat(handles.end("principal", id)).isTrue();
    assertThat(handles.get("principal", id)).isEmpty();
  }

  @Test
  @Order(13)
  @RunAsClient
  @OperateOnDeployment("alpha")
  void stateOfARequestsSessionIsInjectedAsAType() throws Exception {
    URI alpha = endpoint("alpha");
    URI beta = endpoint("beta");
    HttpResponse<String> initialized = Http.post(alpha, Http.INITIALIZE, ANN);
    assertThat(initialized.body()).contains("\"cart\":false");
    String id = initialized.headers().firstValue(ID).orElseThrow();

    assertThat(cart(alpha, id, "?add=tea")).isEqualTo("tea");
    ServersDatabase.execute(
        "UPDATE roles SET state = state || '{\"newer\": [1]}' WHERE id = '" + id + "'");
    assertThat(cart(beta, id, "?add=milk")).isEqualTo("tea milk");
    assertThat(cart(alpha, id, "")).isEqualTo("tea milk");
    assertThat(cart(alpha, id, "?clear=")).isEmpty();
    assertThat(ServersDatabase.query("SELECT state FROM roles WHERE id = '" + id + "'"))
        .containsExactly("{\"newer\": [1]}");
  }

  private static URI endpoint(String server) {
    return URI.create(
        "http://127.0.0.1:%s/roles-%s/mcp".formatted(System.getProperty(server + ".port"), server));
  }

  private static String cart(URI endpoint, String id, String query) throws Exception {
    HttpResponse<String> response =
        Http.post(
            URI.create(endpoint + query),
            "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"test\"}",
            ANN[0],
            ANN[1],
            ID,
            id);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response.body();
  }

  @Test
  @Order(14)
  @OperateOnDeployment("memory")
  void sessionsInMemoryAreObservedAsWell() {
    store.create("failing", ObservedSessions.FAILING, EMPTY);
    assertThat(revocation.deleteAll(ObservedSessions.FAILING)).isEqualTo(1);

    assertThat(observed.of("failing"))
        .containsExactly(
            new SessionCreated("failing", ObservedSessions.FAILING),
            new SessionDeleted("failing", ObservedSessions.FAILING));
  }

  @Test
  @Order(15)
  @OperateOnDeployment("memory")
  void sessionsInMemoryKnowNoTransactions() throws Exception {
    transaction.begin();
    storeInTransaction.create("joining", "tom", EMPTY);
    transaction.rollback();

    assertThat(store.exists("joining")).isTrue();
  }

  @Test
  @Order(16)
  @OperateOnDeployment("quiet")
  void nothingIsObservedWhereThatIsNotWanted() {
    store.create("silent", "ann", EMPTY);
    assertThat(store.delete("silent")).isTrue();

    assertThat(observed.of("silent")).isEmpty();
  }

  @Test
  @Order(17)
  @OperateOnDeployment("beta")
  void revivalOnTheOtherServerWasObservedToo() {
    awaitRevival("short");
  }

  private void awaitRevival(String id) {
    await()
        .atMost(LONG)
        .untilAsserted(() -> assertThat(observed.of(id)).contains(new SessionRevived(id, "ann")));
  }

  private void awaitObserved(String id, SessionEvent... events) {
    await().atMost(LONG).untilAsserted(() -> assertThat(observed.of(id)).containsExactly(events));
  }
}
