package dev.belfry.container;

import static dev.belfry.container.Http.json;
import static dev.belfry.container.Http.send;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belfry.cluster.Cluster;
import dev.belfry.cluster.ClusterFiles;
import dev.belfry.cluster.EmbeddedDatabase;
import dev.belfry.cluster.Ports;
import dev.belfry.cluster.Replica;
import dev.belfry.container.FaultSummary.Finding;
import dev.belfry.event.EventId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One client that does not read, among many that do. */
class SlowClientIT {

  private static final int CLIENTS = 200;
  private static final int EVENTS = 2_000;
  private static final int EVENT_LENGTH = 1_000;
  private static final Duration INTERVAL = Duration.ofMillis(8);
  private static final Duration LONG = Duration.ofMinutes(1);

  /** Milliseconds: far more than it takes, far less than a stalled write would hold others up. */
  private static final double COARSE = 3_000;

  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private static Cluster cluster;
  private static Replica replica;

  private final List<FaultClient> clients = new ArrayList<>();
  private final Map<String, Long> sent = new HashMap<>();
  private final Map<EventId, String> published = new HashMap<>();

  @BeforeAll
  static void start() {
    ClusterFiles files = ClusterFiles.fromSystemProperties();
    cluster =
        new Cluster(
                files,
                new EmbeddedDatabase(files.work().resolve("slow-client-database"), Map.of()),
                Ports.free(1),
                Map.of("belfry.presence.interval", "PT0.5S"))
            .start();
    replica = cluster.replica(1);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @AfterEach
  void hangUp() throws Exception {
    for (FaultClient client : clients) {
      client.close();
    }
  }

  @Test
  void clientThatDoesNotReadIsCutOffAndCostsTheOthersNothing() throws Exception {
    connectClients();
    publish("warm-up", EVENTS / 4);
    publish("without", EVENTS);

    CompletableFuture<Void> publishing = CompletableFuture.runAsync(() -> publish("with", EVENTS));
    int cutOff = stallUntil(publishing);
    publishing.join();

    assertEveryClientHasSeenEverything();
    Delays without = delays("without");
    Delays with = delays("with");
    System.out.printf(
        "%nOne client that does not read (and was cut off %d times) among %d that do, %d events of %,d characters every %d ms: %s; without it: %s%n",
        cutOff, CLIENTS, EVENTS, EVENT_LENGTH, INTERVAL.toMillis(), with, without);
    assertThat(with.p99()).isLessThan(COARSE);
  }

  private void connectClients() {
    for (int number = 1; number <= CLIENTS; number++) {
      clients.add(new FaultClient("client-" + number, () -> replica.uri("/api/events")));
    }
    await()
        .atMost(LONG)
        .until(() -> clients.stream().allMatch(client -> client.start().isPresent()));
    await().atMost(LONG).until(() -> streams() == CLIENTS);
  }

  private static int streams() throws Exception {
    return json(send("GET", replica.uri("/api/presence"), "")).getInt("streams");
  }

  /** Opens one stream after the other without reading from it, until the server ends it. */
  private int stallUntil(CompletableFuture<Void> end) throws Exception {
    int cutOff = 0;
    do {
      try (Socket unread = openAndDoNotRead()) {
        await().atMost(LONG).until(() -> streams() == CLIENTS + 1);
        await().atMost(LONG).until(() -> streams() == CLIENTS);
      }
      cutOff++;
    } while (!end.isDone());
    return cutOff;
  }

  /** With all that was published as its backlog, which is more than the socket's buffers hold. */
  private Socket openAndDoNotRead() throws IOException {
    Socket stalled = new Socket();
    stalled.setReceiveBufferSize(4096);
    stalled.connect(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), replica.uri("/").getPort()));
    stalled
        .getOutputStream()
        .write(
            "GET /api/events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: %s\r\n\r\n"
                .formatted(clients.get(0).start().orElseThrow())
                .getBytes(US_ASCII));
    return stalled;
  }

  /** Publishes at a fixed rate, and waits until every client has seen the last event. */
  private void publish(String round, int events) {
    Map<String, CompletableFuture<HttpResponse<String>>> answers = new HashMap<>();
    long due = System.nanoTime();
    for (int number = 1; number <= events; number++) {
      due += INTERVAL.toNanos();
      LockSupport.parkNanos(due - System.nanoTime());
      TestEvent event = new TestEvent(round + "-" + number, EVENT_LENGTH);
      HttpRequest request =
          HttpRequest.newBuilder(replica.uri("/api/events"))
              .header("Content-Type", "application/json")
              .timeout(LONG)
              .POST(BodyPublishers.ofString(event.body()))
              .build();
      sent.put(event.key(), System.nanoTime());
      answers.put(event.key(), HTTP.sendAsync(request, BodyHandlers.ofString()));
    }
    answers.forEach((key, answer) -> published.put(id(answer.join()), key));
    long last = published.keySet().stream().mapToLong(EventId::offset).max().orElseThrow();
    await()
        .atMost(LONG)
        .until(
            () ->
                clients.stream().allMatch(client -> client.last().orElseThrow().offset() >= last));
  }

  private static EventId id(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
    return EventId.parse(json(response).getString("id")).orElseThrow();
  }

  private void assertEveryClientHasSeenEverything() {
    FaultSummary summary = new FaultSummary(published);
    for (FaultClient client : clients) {
      summary.add(client.name(), client.start().orElseThrow(), client.seen());
    }
    assertThat(summary.details()).isEmpty();
    assertThat(summary.count(Finding.DELIVERED)).isEqualTo((long) published.size() * CLIENTS);
    assertThat(clients).flatExtracting(FaultClient::problems).isEmpty();
    assertThat(clients).as("nobody was cut off").allMatch(client -> client.connections() == 1);
  }

  /** From before each event was posted until each client had seen it. */
  private Delays delays(String round) {
    long[] nanos =
        clients.stream()
            .flatMap(client -> client.seen().stream())
            .map(Seen.Event.class::cast)
            .filter(event -> event.key().startsWith(round + "-"))
            .mapToLong(event -> event.nanos() - sent.get(event.key()))
            .sorted()
            .toArray();
    return Delays.of(nanos);
  }

  /**
   * Delays in milliseconds.
   *
   * @param p50 half of them are not longer
   * @param p99 one in a hundred is longer
   */
  private record Delays(double p50, double p99, double max) {

    static Delays of(long[] sortedNanos) {
      double[] millis = Arrays.stream(sortedNanos).mapToDouble(nanos -> nanos / 1e6).toArray();
      return new Delays(
          millis[millis.length / 2], millis[millis.length * 99 / 100], millis[millis.length - 1]);
    }

    @Override
    public String toString() {
      return "p50 %.1f ms, p99 %.1f ms, longest %.1f ms".formatted(p50, p99, max);
    }
  }
}
