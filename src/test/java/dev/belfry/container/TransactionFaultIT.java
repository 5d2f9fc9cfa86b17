package dev.belfry.container;

import static dev.belfry.container.TransactionClient.LONG;
import static dev.belfry.container.TransactionClient.answer;
import static dev.belfry.container.TransactionSteps.GATE;
import static dev.belfry.container.TransactionSteps.GATE_AT_COMMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belfry.cluster.Cluster;
import dev.belfry.cluster.ClusterFiles;
import dev.belfry.cluster.EmbeddedDatabase;
import dev.belfry.cluster.Ports;
import dev.belfry.cluster.Replica;
import dev.belfry.sse.SseReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jboss.shrinkwrap.api.exporter.ZipExporter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A replica is killed at each point on the way of an event from a transaction to the clients of the
 * other replica.
 */
class TransactionFaultIT {

  /** Liberty takes its time, and begins only when it has started. */
  private static final Duration RECOVERY = Duration.ofMinutes(1);

  private static EmbeddedDatabase database;
  private static Cluster cluster;

  private final String method = "test/" + UUID.randomUUID();
  private final Replica killed = cluster.replica(1);
  private final Replica other = cluster.replica(2);
  private SseReader client;

  @BeforeAll
  static void start() throws Exception {
    ClusterFiles demo = ClusterFiles.fromSystemProperties();
    // All of the configuration is copied for each replica: also a second application.
    Path config = Files.createDirectories(demo.work().resolve("transactions-config/dropins"));
    export("xa", Map.of("belfry.datasource", "jdbc/belfry-xa"), config.resolve("xa.war"));
    Files.copy(
        demo.config().resolve("server.xml"),
        config.resolveSibling("server.xml"),
        StandardCopyOption.REPLACE_EXISTING);
    Path war = demo.work().resolve("transactions.war");
    export("one", Map.of(), war);
    ClusterFiles files =
        new ClusterFiles(war, demo.install(), config.getParent(), demo.work(), demo.driver());
    database =
        new EmbeddedDatabase(
            files.work().resolve("transaction-database"),
            Map.of("max_prepared_transactions", "50"));
    cluster = new Cluster(files, database, Ports.free(2), Map.of()).start();
    execute(TransactionSteps.TABLE);
  }

  private static void export(String name, Map<String, String> settings, Path target) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("belfry.events.channel", "transactions_" + name);
    TransactionClient.application(name, all)
        .addClass(StreamProbe.class)
        .as(ZipExporter.class)
        .exportTo(target.toFile(), true);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @BeforeEach
  void replicasRunAndAClientListens() throws Exception {
    cluster.replicas().stream().filter(replica -> !replica.isAlive()).forEach(Replica::start);
    client = SseReader.open(other.uri("/stream"));
    client.primer(LONG);
  }

  @AfterEach
  void hangUp() throws Exception {
    client.close();
    other.thaw();
  }

  @Test
  void killedInItsOpenTransactionThenNothingIsEverDelivered() throws Exception {
    CompletableFuture<String> running;
    long backend;
    try (DatabaseObstacle gate = DatabaseObstacle.gate(connect(), GATE)) {
      running =
          client(killed)
              .begin("cdi", "write " + method, "publish " + method + " a", "await " + GATE);
      backend = gate.awaitWaiting("pg_advisory");

      killed.kill();
    }

    assertThat(running).failsWithin(LONG);
    awaitEnd(backend);
    assertThat(query("SELECT payload FROM belfry_outbox")).isEmpty();
    assertThat(rows()).isEmpty();
    assertThat(eventsUntilNow()).isEmpty();

    killed.start();

    assertThat(eventsUntilNow()).as("after the restart").isEmpty();
  }

  @Test
  void killedAfterItsCommitThenTheOtherMovesItsEvents() throws Exception {
    try (DatabaseObstacle log = log()) {
      commitOnReplicaThatIsKilled();

      killed.kill();

      assertThat(query("SELECT payload FROM belfry_outbox")).hasSize(2);
    }

    assertDeliveredOnce();
  }

  @Test
  void killedWhileItWaitsForTheLogThenTheOtherMovesItsEvents() throws Exception {
    other.freeze(); // So that it is the killed one that waits.
    long backend;
    try (DatabaseObstacle log = log()) {
      commitOnReplicaThatIsKilled();
      backend = log.awaitWaiting("belfry_log");

      killed.kill();
    }

    awaitEnd(backend);
    assertThat(query("SELECT payload FROM belfry_outbox")).hasSize(2);
    other.thaw();
    assertDeliveredOnce();
  }

  @Test
  void killedInTheMiddleOfTheMoveThenTheOtherMovesItsEvents() throws Exception {
    other.freeze();
    long backend;
    try (DatabaseObstacle events =
        new DatabaseObstacle(connect(), "LOCK TABLE belfry_event IN EXCLUSIVE MODE")) {
      commitOnReplicaThatIsKilled();
      // It holds the log, and has taken the events out of the outbox.
      backend = events.awaitWaiting("belfry_event");

      killed.kill();
    }

    awaitEnd(backend);
    assertThat(query("SELECT payload FROM belfry_outbox")).hasSize(2);
    other.thaw();
    assertDeliveredOnce();
  }

  @Test
  void frozenInTheMiddleOfTheMoveThenTheOtherMovesItsEvents() throws Exception {
    other.freeze();
    try (DatabaseObstacle events =
        new DatabaseObstacle(connect(), "LOCK TABLE belfry_event IN EXCLUSIVE MODE")) {
      commitOnReplicaThatIsKilled();
      events.awaitWaiting("belfry_event");

      killed.freeze();
    }

    try {
      other.thaw();
      assertDeliveredOnce();
    } finally {
      killed.thaw();
    }
    client(killed).awaitObserved(method, "a", "b");
  }

  @Test
  void killedBetweenThePhasesOfItsCommitThenItsRestartRollsBack() throws Exception {
    killBetweenThePhases();

    awaitXa(other).awaitObserved(markerThroughXa(other), "x");
    assertThat(xa(other).observed(method)).isEmpty();

    killed.start();

    await()
        .atMost(RECOVERY)
        .untilAsserted(() -> assertThat(query("SELECT gid FROM pg_prepared_xacts")).isEmpty());
    assertThat(rows()).isEmpty();
    assertThat(query("SELECT payload FROM belfry_outbox")).isEmpty();
    awaitXa(other).awaitObserved(markerThroughXa(other), "x");
    assertThat(xa(other).observed(method)).isEmpty();
  }

  @Test
  void killedBetweenThePhasesOfItsCommitThenTheOtherMovesWhatIsCommittedLater() throws Exception {
    killBetweenThePhases();
    awaitXa(other);

    for (String transaction : query("SELECT gid FROM pg_prepared_xacts")) {
      execute("COMMIT PREPARED '%s'".formatted(transaction));
    }

    xa(other).awaitObserved(method, "a", "b");
    assertThat(query("SELECT text FROM transaction_row WHERE text = 'slow-%s'".formatted(method)))
        .hasSize(1);
    killed.start();
    awaitXa(killed);
    awaitXa(other).awaitObserved(markerThroughXa(killed), "x");
    assertThat(xa(other).observed(method)).containsExactly("a", "b");
  }

  /** Leaves its transactions prepared, with nobody who knows what is to become of them. */
  private void killBetweenThePhases() throws Exception {
    awaitXa(killed);
    CompletableFuture<String> running;
    try (DatabaseObstacle gate = DatabaseObstacle.gate(connect(), GATE_AT_COMMIT)) {
      running =
          xa(killed)
              .begin(
                  "cdi",
                  "write slow-" + method,
                  "publish " + method + " a",
                  "publish " + method + " b");
      gate.awaitWaiting("PREPARE TRANSACTION");

      killed.kill();
    }
    assertThat(running).failsWithin(LONG);
    await()
        .atMost(LONG)
        .untilAsserted(() -> assertThat(query("SELECT gid FROM pg_prepared_xacts")).hasSize(2));
  }

  private static TransactionClient xa(Replica replica) {
    return new TransactionClient(replica.uri("/xa/transactions"));
  }

  /** Waits until the second application has started, which the replica's readiness does not. */
  private static TransactionClient awaitXa(Replica replica) {
    xa(replica).awaitObserved("test/none");
    return xa(replica);
  }

  private static String markerThroughXa(Replica replica) throws Exception {
    String marker = "test/marker-" + UUID.randomUUID();
    assertThat(xa(replica).run("user", "async " + marker + " x")).isEqualTo("done");
    return marker;
  }

  private void commitOnReplicaThatIsKilled() throws Exception {
    assertThat(
            answer(
                client(killed)
                    .begin(
                        "cdi",
                        "publish " + method + " a",
                        "write " + method,
                        "publish " + method + " b")))
        .isEqualTo("done");
    assertThat(rows()).hasSize(1);
  }

  private void assertDeliveredOnce() throws Exception {
    client(other).awaitObserved(method, "a", "b");
    await()
        .atMost(LONG)
        .untilAsserted(() -> assertThat(query("SELECT id FROM belfry_outbox")).isEmpty());
    assertThat(eventsUntilNow()).containsExactly("a", "b");
    assertThat(client(other).observed(method)).containsExactly("a", "b");
  }

  /** The texts of the test's events that the client has got until now. */
  private List<String> eventsUntilNow() throws Exception {
    String marker = "test/marker-" + UUID.randomUUID();
    assertThat(client(other).run("user", "async " + marker + " x")).isEqualTo("done");
    List<String> texts = new ArrayList<>();
    for (String data = client.nextData(LONG);
        !data.contains(marker);
        data = client.nextData(LONG)) {
      if (data.contains(method)) {
        texts.add(data.replaceAll(".*\"text\":\"([^\"]*)\".*", "$1"));
      }
    }
    return texts;
  }

  private static TransactionClient client(Replica replica) {
    return new TransactionClient(replica.uri("/transactions"));
  }

  /** While it is held nothing is moved from the outbox into the log. */
  private static DatabaseObstacle log() throws SQLException {
    return new DatabaseObstacle(
        connect(), "SELECT FROM belfry_log WHERE channel = 'transactions_one' FOR UPDATE");
  }

  /** Waits until PostgreSQL has noticed that a backend's client is gone. */
  private static void awaitEnd(long backend) {
    await()
        .atMost(LONG)
        .untilAsserted(
            () ->
                assertThat(query("SELECT pid FROM pg_stat_activity WHERE pid = " + backend))
                    .isEmpty());
  }

  private List<String> rows() throws SQLException {
    return query("SELECT text FROM transaction_row WHERE text = '%s'".formatted(method));
  }

  private static Connection connect() throws SQLException {
    return database.address().dataSource().getConnection();
  }

  private static void execute(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static List<String> query(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> values = new ArrayList<>();
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    }
  }
}
