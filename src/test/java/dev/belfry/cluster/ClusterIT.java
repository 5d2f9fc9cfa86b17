package dev.belfry.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterIT {
  private static final Optional<Duration> SOON = Optional.of(Duration.ofSeconds(20));

  private final ClusterFiles files = ClusterFiles.fromSystemProperties();
  private final WatchingDatabase database = new WatchingDatabase(files);
  private final List<Integer> ports = Ports.free(2);
  private final Cluster cluster = new Cluster(files, database, ports, Map.of());

  @AfterEach
  void close() {
    cluster.close();
  }

  @Test
  void killedReplicaLeavesTheOtherServingAndStartsAgain() throws Exception {
    cluster.start();
    long killed = cluster.replica(2).pid();

    cluster.replica(2).kill();

    assertThat(status(cluster.replica(1))).isEqualTo(200);
    assertThat(cluster.replica(2).isAlive()).isFalse();
    assertThat(cluster.awaitDeath(Optional.of(Duration.ofMillis(200)))).isEmpty();

    cluster.replica(2).start();

    assertThat(status(cluster.replica(2))).isEqualTo(200);
    assertThat(cluster.replica(2).pid()).isNotEqualTo(killed);
    assertThat(cluster.replica(2).log()).contains("replica-2");
  }

  @Test
  void replicaThatDiesIsReportedOnceAndCloseLeavesNothing() throws Exception {
    cluster.start();
    List<Long> pids = cluster.replicas().stream().map(Replica::pid).toList();

    ProcessHandle.of(pids.get(0)).ifPresent(ProcessHandle::destroyForcibly);

    assertThat(cluster.awaitDeath(SOON))
        .hasValueSatisfying(
            message ->
                assertThat(message).startsWith("replica-1 ended by itself, with exit code 137."));

    cluster.close();

    assertThat(pids).noneMatch(ClusterIT::isAlive);
    assertThat(database.replicasAliveAtClose).contains(false);
    Ports.requireUsable(ports, "none");
  }

  @Test
  void startWhenConfigurationIsBrokenThenSaysWhyAndLeavesNothing(@TempDir Path config)
      throws IOException {
    Files.writeString(config.resolve("server.xml"), "<server>");
    ClusterFiles broken =
        new ClusterFiles(files.war(), files.install(), config, files.work(), files.driver());
    try (Cluster refused = new Cluster(broken, database, ports, Map.of())) {

      assertThatExceptionOfType(ClusterException.class)
          .isThrownBy(refused::start)
          .withMessageContainingAll("replica-1 ended by itself", "CWWKG0014E");

      assertThat(refused.replicas()).noneMatch(Replica::isAlive);
      assertThat(database.replicasAliveAtClose).isPresent();
    }
  }

  @Test
  void startWhenAnotherClusterUsesTheFilesThenRefused() {
    try (WorkLock other = WorkLock.acquire(files.work())) {
      assertThatExceptionOfType(ClusterException.class)
          .isThrownBy(cluster::start)
          .withMessageContaining("Another cluster");
    }
  }

  private static int status(Replica replica) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(replica.uri("/health/ready")).build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.discarding()).statusCode();
  }

  private static boolean isAlive(long pid) {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
  }

  /** Sees at its close whether replicas are still there. */
  private final class WatchingDatabase implements Database {
    private final Database database;
    private Optional<Boolean> replicasAliveAtClose = Optional.empty();

    WatchingDatabase(ClusterFiles files) {
      database = new EmbeddedDatabase(files.work().resolve("postgresql"), Map.of());
    }

    @Override
    public void start() {
      database.start();
    }

    @Override
    public DatabaseAddress address() {
      return database.address();
    }

    @Override
    public void close() {
      replicasAliveAtClose = Optional.of(cluster.replicas().stream().anyMatch(Replica::isAlive));
      database.close();
    }
  }
}
