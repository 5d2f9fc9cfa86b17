package dev.belfry.container;

import static dev.belfry.container.Http.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belfry.cluster.Cluster;
import dev.belfry.cluster.ClusterFiles;
import dev.belfry.cluster.EmbeddedDatabase;
import dev.belfry.cluster.Ports;
import dev.belfry.cluster.Replica;
import dev.belfry.container.FaultSummary.Finding;
import dev.belfry.event.EventId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Whatever breaks, every client is shown every event, once and in order. {@code
 * belfry.faults.duration} says for how long things break, {@code belfry.faults.seed} in which
 * order.
 */
class StreamFaultIT {

  private static final int CLIENTS = 12;
  private static final int PUBLISHERS = 4;
  private static final Duration LONG = Duration.ofMinutes(1);

  private final Duration duration =
      Duration.parse(System.getProperty("belfry.faults.duration", "PT1M"));
  private final long seed =
      Long.getLong("belfry.faults.seed", ThreadLocalRandom.current().nextInt(1_000_000));

  private final ClusterFiles files = ClusterFiles.fromSystemProperties();
  private final EmbeddedDatabase database =
      new EmbeddedDatabase(files.work().resolve("stream-fault-database"), Map.of());
  private final Cluster cluster =
      new Cluster(
          files,
          database,
          Ports.free(2),
          Map.of(
              "belfry.stream.retry", "PT0.2S",
              "belfry.stream.heartbeat", "PT1S",
              // Of a long run as well: nothing may be trimmed that a client may still ask for.
              "belfry.events.retention-count", "10000000"));

  private final PublishedEvents published = new PublishedEvents();
  private final List<FaultPublisher> publishers = new ArrayList<>();
  private final List<FaultClient> clients = new ArrayList<>();
  private final ExecutorService publishing = Executors.newFixedThreadPool(PUBLISHERS);

  @BeforeEach
  void start() {
    cluster.start();
  }

  @AfterEach
  void stop() throws Exception {
    publishing.shutdownNow();
    for (FaultClient client : clients) {
      client.close();
    }
    cluster.close();
  }

  @Test
  void everyClientIsShownEveryEventOnceInOrderWhateverBreaks() throws Exception {
    connectClients();
    startPublishers();

    Faults faults = new Faults(cluster, database, clients, new Random(seed));
    faults.run(duration);

    stopPublishers();
    cluster.replicas().forEach(StreamFaultIT::awaitLive);
    awaitLastEventAtEveryClient();
    FaultSummary summary = summary();
    System.out.println(text(faults, summary));
    assertThat(cluster.awaitDeath(Optional.of(Duration.ZERO))).isEmpty();
    assertThat(published.problems()).isEmpty();
    assertThat(clients).flatExtracting(FaultClient::problems).isEmpty();
    assertThat(summary.details()).isEmpty();
    assertThat(summary.count(Finding.DELIVERED)).isEqualTo((long) published.count() * CLIENTS);
  }

  private void connectClients() {
    List<Replica> replicas = cluster.replicas();
    for (int number = 1; number <= CLIENTS; number++) {
      clients.add(
          new FaultClient(
              "client-" + number,
              () ->
                  replicas
                      .get(ThreadLocalRandom.current().nextInt(replicas.size()))
                      .uri("/api/events")));
    }
    await()
        .atMost(LONG)
        .until(() -> clients.stream().allMatch(client -> client.start().isPresent()));
  }

  private void startPublishers() {
    List<Replica> replicas = cluster.replicas();
    for (int number = 0; number < PUBLISHERS; number++) {
      FaultPublisher publisher =
          new FaultPublisher(
              "publisher-" + (number + 1), replicas, number % replicas.size(), published);
      publishers.add(publisher);
      publishing.execute(publisher);
    }
  }

  private void stopPublishers() throws InterruptedException {
    publishers.forEach(FaultPublisher::stop);
    publishing.shutdown();
    assertThat(publishing.awaitTermination(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  private static void awaitLive(Replica replica) {
    await()
        .atMost(LONG)
        .until(() -> send("GET", replica.uri("/health"), "").body().contains("\"LIVE\""));
  }

  // Without an assertion: who does not get there has lost events, and the summary says which.
  private void awaitLastEventAtEveryClient() {
    long last = published.last().orElseThrow().offset();
    long deadline = System.nanoTime() + LONG.toNanos();
    await()
        .atMost(LONG.multipliedBy(2))
        .until(
            () ->
                System.nanoTime() > deadline
                    || clients.stream().allMatch(client -> offset(client.last()) >= last));
  }

  private static long offset(Optional<EventId> id) {
    return id.orElseThrow().offset();
  }

  private FaultSummary summary() {
    FaultSummary summary = new FaultSummary(published.keys());
    for (FaultClient client : clients) {
      summary.add(client.name(), client.start().orElseThrow(), client.seen());
    }
    return summary;
  }

  private String text(Faults faults, FaultSummary summary) {
    return """

        Faults for %s, seed %d
          events      %,d published by %d publishers; not answered with an id: %s
          faults      %s, connections of clients cut: %d; replicas that did not stop in time: %d
          reconnects  %,d of %d clients
          clients     %s
        """
        .formatted(
            duration,
            seed,
            published.count(),
            PUBLISHERS,
            published.retries(),
            faults.counts(),
            faults.cuts(),
            faults.stoppedByForce(),
            clients.stream().mapToInt(FaultClient::connections).sum() - CLIENTS,
            CLIENTS,
            summary);
  }
}
