package dev.belfry.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belfry.cdi.InTransaction;
import dev.belfry.event.Broadcaster;
import dev.belfry.event.DeliveryState;
import dev.belfry.event.DeliveryStateChanged;
import dev.belfry.event.ServerEvent;
import dev.belfry.session.SessionStore;
import jakarta.inject.Inject;
import jakarta.json.Json;
import jakarta.json.JsonValue;
import jakarta.transaction.UserTransaction;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.OperateOnDeployment;
import org.jboss.arquillian.container.test.api.TargetsContainer;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What applications inject, inside two servers. The tests build on each other across the servers.
 */
@ExtendWith(ArquillianExtension.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class InjectedBeansIT {

  private static final Duration LONG = Duration.ofSeconds(10);

  @Inject SessionStore store;
  @Inject @InTransaction SessionStore storeInTransaction;
  @Inject Broadcaster broadcaster;
  @Inject ObservedEvents observed;
  @Inject UserTransaction transaction;

  @Deployment(name = "alpha")
  @TargetsContainer("alpha")
  static WebArchive alpha() {
    return war("alpha");
  }

  @Deployment(name = "beta")
  @TargetsContainer("beta")
  static WebArchive beta() {
    return war("beta");
  }

  private static WebArchive war(String name) {
    return Wars.war("injected-" + name, Map.of("belfry.session.table", "injected"))
        .addClasses(InjectedBeansIT.class, ObservedEvents.class);
  }

  @Test
  @Order(1)
  @OperateOnDeployment("alpha")
  void sessionIsMadeOnOneServer() {
    store.create("id-1", "alice", Json.createObjectBuilder().add("a", 1).build());
  }

  @Test
  @Order(2)
  @OperateOnDeployment("beta")
  void sessionIsFoundAndChangedOnTheOther() {
    assertThat(store.find("id-1").orElseThrow().state().getInt("a")).isEqualTo(1);
    assertThat(store.mergeState("id-1", Json.createObjectBuilder().add("b", 2).build())).isTrue();
  }

  @Test
  @Order(3)
  @OperateOnDeployment("alpha")
  void changeIsSeenOnTheFirst() {
    assertThat(store.find("id-1").orElseThrow().state()).hasSize(2);
    assertThat(store.delete("id-1")).isTrue();
  }

  @Test
  @Order(4)
  @OperateOnDeployment("alpha")
  void eventsPublishedOnOneServerAreObservedThereInOrder() {
    events().forEach(broadcaster::publish);

    await().atMost(LONG).until(() -> observed.of("test/order").equals(events()));
  }

  @Test
  @Order(5)
  @OperateOnDeployment("beta")
  void theyAreObservedInOrderOnTheOther() {
    await().atMost(LONG).until(() -> observed.of("test/order").equals(events()));
  }

  private static List<ServerEvent> events() {
    return IntStream.range(0, 100)
        .mapToObj(n -> ServerEvent.of("test/order", Json.createObjectBuilder().add("n", n).build()))
        .toList();
  }

  @Test
  @Order(6)
  @OperateOnDeployment("alpha")
  void startIsAnnouncedToObservers() {
    assertThat(broadcaster.status().state()).isEqualTo(DeliveryState.LIVE);
    assertThat(observed.changes())
        .extracting(DeliveryStateChanged::to)
        .contains(DeliveryState.LIVE);
  }

  @Test
  @Order(7)
  @OperateOnDeployment("alpha")
  void sessionsAndEventsShareTheFateOfTheCallersTransaction() throws Exception {
    transaction.begin();
    storeInTransaction.create("rolled-back", "alice", JsonValue.EMPTY_JSON_OBJECT);
    broadcaster.publish(ServerEvent.of("test/rolled-back"));
    assertThat(storeInTransaction.find("rolled-back")).isPresent();
    transaction.rollback();

    transaction.begin();
    storeInTransaction.create("committed", "alice", JsonValue.EMPTY_JSON_OBJECT);
    broadcaster.publish(ServerEvent.of("test/committed"));
    transaction.commit();

    await().atMost(LONG).until(() -> observed.of("test/committed").size() == 1);
    assertThat(observed.of("test/rolled-back")).isEmpty();
    assertThat(store.find("rolled-back")).isEmpty();
    assertThat(store.delete("committed")).isTrue();
  }

  @Test
  @Order(8)
  @OperateOnDeployment("alpha")
  void asynchronousEventsArrive() throws Exception {
    broadcaster.publishAsync(ServerEvent.of("test/async")).toCompletableFuture().get();

    await().atMost(LONG).until(() -> observed.of("test/async").size() == 1);
  }

  @Test
  @Order(9)
  @OperateOnDeployment("alpha")
  void topicsAreObservedApart() {
    broadcaster.publish(ServerEvent.of("test/reload").onTopic("reload"));
    broadcaster.publish(ServerEvent.of("test/other").onTopic("other"));
    broadcaster.publish(ServerEvent.of("test/clients"));

    await().atMost(LONG).until(() -> observed.forClients().contains("test/clients"));
    assertThat(observed.ofTopicReload()).containsExactly("test/reload");
    assertThat(observed.forClients()).doesNotContain("test/reload", "test/other");
    assertThat(observed.of("test/other")).as("an observer without a qualifier gets all").hasSize(1);
  }

  @Test
  @Order(10)
  @OperateOnDeployment("alpha")
  void listenerRunsOnAThreadOfTheContainer() {
    assertThat(Thread.getAllStackTraces().entrySet())
        .filteredOn(
            thread ->
                List.of(thread.getValue())
                    .toString()
                    .contains("dev.belfry.postgres.PostgresListener"))
        .isNotEmpty()
        .allMatch(thread -> thread.getKey().getName().startsWith("Default Executor-thread"));
  }
}
