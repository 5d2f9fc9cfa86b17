package dev.belfry.container;

import dev.belfry.cluster.Cluster;
import dev.belfry.cluster.EmbeddedDatabase;
import dev.belfry.cluster.EmbeddedDatabase.StopMode;
import dev.belfry.cluster.Replica;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Breaks parts of a cluster, and mends them. A replica that starts again does so while other things
 * break, but not without a database: it would then have only itself to deliver to. For one thread.
 */
final class Faults {

  /** What breaks. */
  enum Fault {
    LISTENERS_TERMINATED,
    BACKENDS_TERMINATED,
    DATABASE_STOPPED,
    DATABASE_KILLED,
    REPLICA_STOPPED,
    REPLICA_KILLED,
    REPLICA_FROZEN
  }

  private static final String TERMINATE_LISTENERS =
      """
      SELECT pg_terminate_backend(pid)
        FROM pg_stat_activity
       WHERE application_name = 'belfry listener'
      """;

  private static final String TERMINATE_BACKENDS =
      """
      SELECT pg_terminate_backend(pid)
        FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
      """;

  private final Cluster cluster;
  private final EmbeddedDatabase database;
  private final List<FaultClient> clients;
  private final Random random;
  private final Map<Fault, Integer> counts = new EnumMap<>(Fault.class);
  private CompletableFuture<Void> restart = CompletableFuture.completedFuture(null);
  private int stoppedByForce;
  private int cuts;

  /**
   * @param random what decides what breaks next, and for how long
   */
  Faults(Cluster cluster, EmbeddedDatabase database, List<FaultClient> clients, Random random) {
    this.cluster = cluster;
    this.database = database;
    this.clients = clients;
    this.random = random;
  }

  /**
   * Breaks things for a time, in random order, each at least once, and cuts clients' connections
   * after each. Everything is mended at the end.
   */
  void run(Duration duration) throws Exception {
    long end = System.nanoTime() + duration.toNanos();
    boolean all = false;
    while (!all || System.nanoTime() < end) {
      List<Fault> order = new ArrayList<>(List.of(Fault.values()));
      Collections.shuffle(order, random);
      for (Fault fault : order) {
        if (!all || System.nanoTime() < end) {
          counts.merge(fault, 1, Integer::sum);
          cause(fault);
          pause(500, 2_000);
          cutClients();
        }
      }
      all = true;
    }
    restart.join();
  }

  private void cause(Fault fault) throws Exception {
    switch (fault) {
      case LISTENERS_TERMINATED -> execute(TERMINATE_LISTENERS);
      case BACKENDS_TERMINATED -> terminateBackends();
      case DATABASE_STOPPED -> stopDatabase(StopMode.FAST);
      case DATABASE_KILLED -> stopDatabase(StopMode.IMMEDIATE);
      case REPLICA_STOPPED -> stopReplica();
      case REPLICA_KILLED -> killReplica();
      case REPLICA_FROZEN -> freezeReplica();
    }
  }

  private void terminateBackends() throws SQLException {
    restart.join();
    execute(TERMINATE_BACKENDS);
  }

  private void execute(String statement) throws SQLException {
    try (Connection connection = database.address().dataSource().getConnection();
        Statement terminate = connection.createStatement()) {
      terminate.execute(statement);
    }
  }

  private void stopDatabase(StopMode mode) throws InterruptedException {
    restart.join();
    database.stop(mode);
    pause(500, 4_000);
    database.start();
  }

  private void stopReplica() {
    Replica replica = anyReplica();
    if (!replica.stop()) {
      stoppedByForce++;
    }
    restart(replica);
  }

  private void killReplica() {
    Replica replica = anyReplica();
    replica.kill();
    restart(replica);
  }

  private void restart(Replica replica) {
    restart = CompletableFuture.runAsync(replica::start);
  }

  private void freezeReplica() throws InterruptedException {
    Replica replica = anyReplica();
    replica.freeze();
    try {
      pause(1_000, 5_000);
    } finally {
      replica.thaw();
    }
  }

  // Not while one is starting: the other then has all the clients, and things to go through itself.
  private Replica anyReplica() {
    restart.join();
    return cluster.replica(random.nextInt(cluster.replicas().size()) + 1);
  }

  // Each time, so that they are spread over the replicas, and resume in all the states these are
  // in.
  private void cutClients() throws IOException {
    for (FaultClient client : clients) {
      if (random.nextInt(3) == 0) {
        client.cut();
        cuts++;
      }
    }
  }

  private void pause(int least, int most) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(random.nextInt(least, most));
  }

  /** How often each was caused. */
  Map<Fault, Integer> counts() {
    return new EnumMap<>(counts);
  }

  /** How often the connection of a client was cut. */
  int cuts() {
    return cuts;
  }

  /** How many of the replicas that were told to stop did not in time. */
  int stoppedByForce() {
    return stoppedByForce;
  }
}
