package dev.belfry.container;

import static dev.belfry.container.Http.INITIALIZE;
import static dev.belfry.container.Http.post;
import static dev.belfry.container.Http.send;
import static dev.belfry.container.Http.toolCall;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belfry.cluster.Cluster;
import dev.belfry.cluster.ClusterFiles;
import dev.belfry.cluster.EmbeddedDatabase;
import dev.belfry.cluster.EmbeddedDatabase.StopMode;
import dev.belfry.cluster.Ports;
import dev.belfry.cluster.Replica;
import dev.belfry.sse.SseReader;
import jakarta.json.JsonValue;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A cluster of two replicas, of which parts fail. */
class FaultIT {

  private static final Duration LONG = Duration.ofSeconds(20);
  private static final String ID = "Mcp-Session-Id";
  private static final String[] ALICE = {"Authorization", "Bearer alice"};

  private static EmbeddedDatabase database;
  private static Cluster cluster;

  private final List<SseReader> streams = new ArrayList<>();

  @BeforeAll
  static void start() {
    ClusterFiles files = ClusterFiles.fromSystemProperties();
    database = new EmbeddedDatabase(files.work().resolve("fault-database"), Map.of());
    cluster = new Cluster(files, database, Ports.free(2), Map.of()).start();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @BeforeEach
  void replicasRun() {
    database.start();
    cluster.replicas().stream().filter(replica -> !replica.isAlive()).forEach(Replica::start);
  }

  @AfterEach
  void hangUp() throws Exception {
    for (SseReader stream : streams) {
      stream.close();
    }
  }

  @Test
  void killedReplicaLeavesTheOtherServingItsSessions() throws Exception {
    String id = initialize(cluster.replica(1));
    SseReader stream = open(cluster.replica(2));

    cluster.replica(1).kill();

    assertThat(whoami(cluster.replica(2), id).statusCode()).isEqualTo(200);
    publish(cluster.replica(2), "after/kill");
    assertThat(stream.nextData(LONG)).contains("after/kill");

    cluster.replica(1).start();
    assertThat(whoami(cluster.replica(1), id).body()).contains("replica-1");
  }

  @Test
  void terminatedListenersComeBackByThemselves() throws Exception {
    List<SseReader> both = List.of(open(cluster.replica(1)), open(cluster.replica(2)));

    try (Connection connection = database.address().dataSource().getConnection();
        Statement statement = connection.createStatement();
        var terminated =
            statement.executeQuery(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'belfry listener'")) {
      assertThat(terminated.next()).isTrue();
      assertThat(terminated.getInt(1)).isEqualTo(2);
    }

    for (Replica replica : cluster.replicas()) {
      await().atMost(LONG).until(() -> replica.log().contains("CONNECTING"));
      awaitLive(replica);
    }
    publish(cluster.replica(1), "after/termination");
    for (SseReader stream : both) {
      assertThat(stream.nextData(LONG)).contains("after/termination");
    }
  }

  @Test
  void stoppedPostgresMeans503AndEverythingRecoversByItself() throws Exception {
    String id = initialize(cluster.replica(1));
    List<SseReader> both = List.of(open(cluster.replica(1)), open(cluster.replica(2)));
    List<Long> warningsBefore = warnings();

    database.stop(StopMode.FAST);

    for (Replica replica : cluster.replicas()) {
      // For some seconds, so that pools and loops meet the outage more than once.
      await()
          .during(Duration.ofSeconds(4))
          .atMost(LONG)
          .untilAsserted(
              () -> {
                assertUnavailable(whoami(replica, id));
                assertUnavailable(post(replica.uri("/mcp"), INITIALIZE, ALICE));
                assertUnavailable(post(replica.uri("/api/events"), "{\"method\":\"lost\"}"));
                assertUnavailable(send("GET", replica.uri("/api/sessions"), ""));
              });
      HttpResponse<String> health = send("GET", replica.uri("/health/ready"), "");
      assertThat(health.statusCode()).isEqualTo(503);
      assertThat(health.body())
          .contains("belfry-database")
          .contains("cause")
          .doesNotContain("\tat ");
      assertThat(send("GET", replica.uri("/health/live"), "").statusCode()).isEqualTo(200);
    }

    database.start();

    for (Replica replica : cluster.replicas()) {
      await()
          .atMost(LONG)
          .untilAsserted(() -> assertThat(whoami(replica, id).statusCode()).isEqualTo(200));
      awaitLive(replica);
    }
    publish(cluster.replica(2), "after/outage");
    for (SseReader stream : both) {
      assertThat(stream.nextData(LONG)).contains("after/outage");
    }
    List<Long> warningsAfter = warnings();
    for (int number = 0; number < warningsBefore.size(); number++) {
      assertThat(warningsAfter.get(number) - warningsBefore.get(number)).isBetween(1L, 5L);
    }
  }

  @Test
  void replicaWithOpenStreamsStopsInOrderAndTellsItsClients() throws Exception {
    List<SseReader> open = new ArrayList<>();
    for (int count = 0; count < 20; count++) {
      open.add(open(cluster.replica(2)));
    }
    publish(cluster.replica(1), "before/stop");
    for (SseReader stream : open) {
      assertThat(stream.nextData(LONG)).contains("before/stop");
    }

    assertThat(cluster.replica(2).stop()).as("stopped without force").isTrue();

    for (SseReader stream : open) {
      assertThat(stream.awaitEnd(LONG)).isTrue();
    }
    // Each was told when to come back, no two alike; and misses nothing elsewhere.
    Set<String> farewells = new HashSet<>();
    for (SseReader stream : open) {
      String farewell = stream.lastFrame();
      assertThat(farewell).contains("retry: ");
      farewells.add(farewell);
    }
    assertThat(farewells).hasSizeGreaterThan(1);
    publish(cluster.replica(1), "while/stopped");
    try (SseReader resumed =
        SseReader.open(
            cluster.replica(1).uri("/api/events"), "Last-Event-ID", open.get(0).lastId())) {
      resumed.primer(LONG);
      assertThat(resumed.nextData(LONG)).contains("while/stopped");
    }
  }

  @Test
  void replicaWithAClientThatDoesNotReadStopsInOrder() throws Exception {
    Replica replica = cluster.replica(1);
    try (Socket stalled = new Socket()) {
      stalled.setReceiveBufferSize(4096);
      stalled.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), replica.uri("/").getPort()));
      stalled
          .getOutputStream()
          .write("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));
      SseReader reading = open(replica);
      try (Connection connection = database.address().dataSource().getConnection();
          Statement statement = connection.createStatement()) {
        // More than the buffers of both ends hold: its writer hangs from here on.
        statement.execute(
            "SELECT pg_notify('mcp_notifications', json_build_object('method', 'bulk', 'params', json_build_object('n', n, 'text', repeat('x', 7000)))::text) FROM generate_series(1, 200) n");
      }
      for (int number = 1; number <= 200; number++) {
        assertThat(reading.nextData(LONG)).contains("\"n\":" + number + ",");
      }

      assertThat(replica.stop()).as("stopped without force").isTrue();
    }
  }

  private static void assertUnavailable(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(503);
    assertThat(response.headers().firstValue("Retry-After")).isPresent();
    assertThat(response.body()).doesNotContain("Exception", "\tat ");
  }

  /** What Belfry itself has warned of, on each replica. */
  private static List<Long> warnings() {
    return cluster.replicas().stream()
        .map(
            replica ->
                replica
                    .log()
                    .lines()
                    .filter(line -> line.contains(" dev.belfry.") && line.contains(" W "))
                    .count())
        .toList();
  }

  private static void awaitLive(Replica replica) {
    await()
        .atMost(LONG)
        .until(() -> send("GET", replica.uri("/health"), "").body().contains("\"LIVE\""));
  }

  private SseReader open(Replica replica) throws Exception {
    SseReader stream = SseReader.open(replica.uri("/api/events"));
    streams.add(stream);
    stream.primer(LONG);
    return stream;
  }

  private static String initialize(Replica replica) throws Exception {
    return post(replica.uri("/mcp"), INITIALIZE, ALICE).headers().firstValue(ID).orElseThrow();
  }

  private static HttpResponse<String> whoami(Replica replica, String id) throws Exception {
    return post(
        replica.uri("/mcp"),
        toolCall("whoami", JsonValue.EMPTY_JSON_OBJECT),
        ID,
        id,
        ALICE[0],
        ALICE[1]);
  }

  private static void publish(Replica replica, String method) throws Exception {
    assertThat(post(replica.uri("/api/events"), "{\"method\":\"" + method + "\"}").statusCode())
        .isEqualTo(202);
  }
}
