package dev.belfry.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belfry.clients.Library.Resumption;
import dev.belfry.cluster.Cluster;
import dev.belfry.cluster.ClusterFiles;
import dev.belfry.cluster.EmbeddedDatabase;
import dev.belfry.cluster.Ports;
import dev.belfry.cluster.Replica;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Clients that were not written here, one URL for two replicas, and no stickiness: their requests
 * go to the replicas by turns.
 */
class ClientsIT {

  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration PACE = Duration.ofMillis(20);

  private static final ClusterFiles FILES = ClusterFiles.fromSystemProperties();
  private static final Cluster CLUSTER =
      new Cluster(
          FILES,
          new EmbeddedDatabase(FILES.work().resolve("clients-database"), Map.of()),
          Ports.free(2),
          Map.of("belfry.stream.retry", "PT0.2S", "belfry.stream.heartbeat", "PT1S"));

  @BeforeAll
  static void start() {
    CLUSTER.start();
  }

  @AfterAll
  static void stop() {
    CLUSTER.close();
  }

  @ParameterizedTest
  @EnumSource
  void clientIsToldWhatEitherReplicaPublishesAndGoesOnAfterCuts(Library library) throws Exception {
    library.assumeInstalled();
    try (Relay relay = new Relay(CLUSTER.replicas());
        StreamClient client = library.client(relay)) {
      connect(client, relay, 1);
      List<String> live = publish(library + "-live");
      await()
          .atMost(LONG)
          .untilAsserted(
              () -> assertThat(client.received()).containsExactlyInAnyOrderElementsOf(live));

      List<String> published = new ArrayList<>(live);
      for (int cut = 1; cut <= 2; cut++) {
        relay.hold();
        relay.cut();
        published.addAll(publish(library + "-cut-" + cut));
        relay.release();
        if (client instanceof McpStreamClient mcp) {
          new ToolUser(mcp).run(cut);
        }
        if (library.resumption() == Resumption.NONE) {
          // When this fails, the library has learned to resume, and can be asked for more.
          assertThat(client.received()).containsExactlyInAnyOrderElementsOf(live);
        } else {
          awaitShown(library, client, published);
        }
      }
    }
  }

  @Test
  void everyReplicaIsRestartedAndNoClientNotices() throws Exception {
    Map<Library, StreamClient> clients = new EnumMap<>(Library.class);
    try (Relay relay = new Relay(CLUSTER.replicas())) {
      for (Library library : Library.installed()) {
        clients.put(library, library.client(relay));
        connect(clients.get(library), relay, clients.size());
      }
      Map<Library, String> sessions = sessions(clients);

      List<String> published = workDuringRestarts(relay, clients);

      for (Library library : Library.installed()) {
        if (library.resumption() == Resumption.NONE) {
          // All until its stream ended with the replica that had it.
          List<String> received = clients.get(library).received();
          assertThat(received)
              .containsExactlyInAnyOrderElementsOf(published.subList(0, received.size()));
        } else {
          awaitShown(library, clients.get(library), published);
        }
      }
      assertThat(sessions(clients)).isEqualTo(sessions);
      clients.values().forEach(StreamClient::close);
    }
  }

  /** The protocol's revision of 2026: no session, and a subscription that its user renews. */
  @Test
  void subscriptionHearsOfEitherReplicaAndEndsInOrderWithItsOwn() throws Exception {
    Library.NODE_SDK_2.assumeInstalled();
    try (Relay relay = new Relay(CLUSTER.replicas().subList(0, 1));
        NodeMcpClient client = new NodeMcpClient("mcp-sdk-2-listening.mjs", relay.uri("/mcp"))) {
      client.connect();
      assertThat(client.act("version")).hasToString("\"2026-07-28\"");
      assertThat(client.act("listen")).hasToString("{\"toolsListChanged\":true}");

      relay.lead(CLUSTER.replicas().subList(1, 2));
      client.call("add_tool", Map.of("name", "bell", "description", "Rings."));
      await().atMost(LONG).until(() -> client.received().contains("tools changed"));
      assertThat(client.tools()).contains("bell");

      CLUSTER.replicas().get(0).stop();
      await().atMost(LONG).until(() -> client.received().contains("{\"closed\":\"graceful\"}"));
      CLUSTER.replicas().get(0).start();

      assertThat(client.act("listen")).hasToString("{\"toolsListChanged\":true}");
      int heard = client.received().size();
      client.call("remove_tool", Map.of("name", "bell"));
      await().atMost(LONG).until(() -> client.received().size() > heard);
    }
  }

  @Test
  void inspectorListsAndCallsTools() throws Exception {
    NodePackages packages = NodePackages.required();
    try (Relay relay = new Relay(CLUSTER.replicas())) {
      String listed = inspect(packages, relay, "--method", "tools/list");
      String called = inspect(packages, relay, "--method", "tools/call", "--tool-name", "whoami");

      assertThat(listed).contains("remember").contains("recall");
      assertThat(called).contains("createdAt").contains("inspector");
    }
  }

  private static String inspect(NodePackages packages, Relay relay, String... arguments)
      throws Exception {
    List<String> all = new ArrayList<>(List.of("--cli", relay.uri("/mcp").toString()));
    all.addAll(List.of("--transport", "http"));
    all.addAll(List.of(arguments));
    NodePackages.Outcome outcome =
        packages.run(
            Duration.ofMinutes(1),
            packages
                .modules()
                .resolve("@modelcontextprotocol/inspector/clients/launcher/build/index.js"),
            all.toArray(String[]::new));
    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    return outcome.output();
  }

  private static List<String> workDuringRestarts(Relay relay, Map<Library, StreamClient> clients)
      throws Exception {
    List<Activity> activities = new ArrayList<>();
    clients.forEach(
        (library, client) -> {
          if (client instanceof McpStreamClient mcp) {
            activities.add(new Activity(library.name(), PACE, new ToolUser(mcp)));
          }
        });
    Activity publishing =
        new Activity(
            "publisher",
            PACE,
            number -> Events.publish(relay.uri("/api/events"), "restart-" + number));
    activities.add(publishing);
    try {
      for (Replica replica : CLUSTER.replicas()) {
        restart(replica, relay);
      }
    } finally {
      for (Activity activity : activities) {
        activity.close();
      }
    }
    assertThat(activities).extracting(Activity::failure).containsOnly(Optional.empty());
    return IntStream.range(0, publishing.steps()).mapToObj(number -> "restart-" + number).toList();
  }

  private static void restart(Replica replica, Relay relay) {
    relay.lead(CLUSTER.replicas().stream().filter(other -> other != replica).toList());
    replica.stop();
    replica.start();
    relay.lead(CLUSTER.replicas());
  }

  /** Which session each client is in, if it has one. */
  private static Map<Library, String> sessions(Map<Library, StreamClient> clients) {
    Map<Library, String> sessions = new EnumMap<>(Library.class);
    clients.forEach(
        (library, client) -> {
          if (client instanceof McpStreamClient mcp) {
            sessions.put(library, new ToolUser(mcp).session());
          }
        });
    return sessions;
  }

  private static void connect(StreamClient client, Relay relay, int streams) {
    client.connect();
    await().atMost(LONG).until(() -> relay.streams() == streams);
  }

  /** Publishes a text on each replica. */
  private static List<String> publish(String text) throws IOException, InterruptedException {
    List<String> published = new ArrayList<>();
    for (Replica replica : CLUSTER.replicas()) {
      published.add(text + "-on-" + replica.name());
      Events.publish(replica.uri("/api/events"), text + "-on-" + replica.name());
    }
    return published;
  }

  private static void awaitShown(Library library, StreamClient client, List<String> published) {
    await()
        .atMost(LONG)
        .untilAsserted(
            () -> assertThat(shown(library, client)).as("%s", library).isEqualTo(published));
  }

  private static List<String> shown(Library library, StreamClient client) {
    return library.resumption() == Resumption.EXACT
        ? client.received()
        : client.received().stream().distinct().toList();
  }
}
