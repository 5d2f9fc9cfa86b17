package dev.belfry.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.cluster.Cluster;
import dev.belfry.cluster.ClusterFiles;
import dev.belfry.cluster.EmbeddedDatabase;
import dev.belfry.cluster.Ports;
import dev.belfry.cluster.Replica;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Bad requests to the filter's endpoint and to the public stream of the demo. {@code
 * belfry.fuzz.duration} says for how long, {@code belfry.fuzz.seed} which.
 */
class FuzzIT {

  private static final int CLIENTS = 4;

  private final Duration duration =
      Duration.parse(System.getProperty("belfry.fuzz.duration", "PT1M"));
  private final long seed =
      Long.getLong("belfry.fuzz.seed", ThreadLocalRandom.current().nextInt(1_000_000));

  private final ClusterFiles files = ClusterFiles.fromSystemProperties();
  private final EmbeddedDatabase database =
      new EmbeddedDatabase(files.work().resolve("fuzz-database"), Map.of());
  private final Cluster cluster = new Cluster(files, database, Ports.free(1), Map.of());
  private final Replica replica = cluster.replica(1);

  private final LiveSessions sessions = new LiveSessions();
  private final List<String> problems = new CopyOnWriteArrayList<>();
  private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);

  @BeforeEach
  void start() {
    cluster.start();
  }

  @AfterEach
  void stop() {
    clients.shutdownNow();
    cluster.close();
  }

  @Test
  void badRequestsGetNothingOutOfTheServerAndLeaveNothingInIt() throws Exception {
    Map<Integer, Integer> statuses = fuzz();

    System.out.printf(
        "%nFuzzed with seed %d for %s: %d requests, answers by status (0: none): %s%n",
        seed, duration, statuses.values().stream().mapToInt(Integer::intValue).sum(), statuses);
    assertThat(problems).as("seed %d", seed).isEmpty();
    assertThat(statuses).as("every kind of answer").containsKeys(200, 202, 204, 400, 403, 404, 405);
    assertThat(ids("true")).as("rows").containsExactlyInAnyOrderElementsOf(sessions.all());
    assertThat(ids("NOT deleted")).containsExactlyInAnyOrderElementsOf(sessions.alive());
    ServerTraces traces = new ServerTraces(files.work().resolve("usr/servers/replica-1/logs"));
    assertThat(traces.suspiciousEntries()).isEmpty();
    assertThat(traces.entriesWithAny(sessions.all())).isEmpty();
    assertThat(traces.incidents()).isEmpty();
    new WellBehavedClient(replica).requireService();
  }

  private Map<Integer, Integer> fuzz() {
    List<Fuzzer> fuzzers = new ArrayList<>();
    for (int number = 0; number < CLIENTS; number++) {
      fuzzers.add(
          new Fuzzer(replica.uri("/").getPort(), seed + number, sessions, duration, problems));
    }
    CompletableFuture.allOf(
            fuzzers.stream()
                .map(fuzzer -> CompletableFuture.runAsync(fuzzer, clients))
                .toArray(CompletableFuture[]::new))
        .join();
    Map<Integer, Integer> statuses = new TreeMap<>();
    fuzzers.forEach(
        fuzzer ->
            fuzzer
                .statuses()
                .forEach((status, count) -> statuses.merge(status, count, Integer::sum)));
    return statuses;
  }

  /** A deleted session keeps its row for a while, so that its id stays dead. */
  private List<String> ids(String condition) throws Exception {
    List<String> ids = new ArrayList<>();
    try (Connection connection =
            DriverManager.getConnection(
                database.address().url(),
                database.address().user(),
                database.address().password());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT id FROM sessions WHERE " + condition)) {
      while (rows.next()) {
        ids.add(rows.getString(1));
      }
    }
    return ids;
  }
}
