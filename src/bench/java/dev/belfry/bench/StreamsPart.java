package dev.belfry.bench;

import dev.belfry.cluster.Cluster;
import dev.belfry.cluster.ClusterFiles;
import dev.belfry.cluster.EmbeddedDatabase;
import dev.belfry.cluster.Jvm;
import dev.belfry.cluster.Ports;
import dev.belfry.cluster.Replica;
import java.util.Map;

/**
 * Public streams on one replica: many that stay and get every event, and on top of them clients
 * that come and go. Then all leave.
 */
final class StreamsPart implements Part {
  static final String NAME = "streams";

  private final ClusterFiles files;
  private final StreamsOptions options;

  StreamsPart(ClusterFiles files, StreamsOptions options) {
    this.files = files;
    this.options = options;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Report measure() throws InterruptedException {
    Jvm jvm =
        new Jvm(
            options.heap(),
            Map.of(
                "belfry.stream.heartbeat",
                options.heartbeat().toString(),
                "belfry.presence.interval",
                "PT1S"));
    EmbeddedDatabase database = new EmbeddedDatabase(files.work().resolve("postgresql"), Map.of());
    try (Cluster cluster = new Cluster(files, database, Ports.free(1), jvm)) {
      cluster.start();
      return measure(cluster.replica(1));
    }
  }

  private Report measure(Replica replica) throws InterruptedException {
    ServerGauge gauge = new ServerGauge(replica.pid());
    try (StreamClient client = new StreamClient(replica.uri("/api/events"));
        StreamsRun run = new StreamsRun(replica, gauge, client, options)) {
      run.warmUp();
      run.open();
      run.steady();
      run.burst();
      run.visits();
      run.leave();
      return new Report(NAME, machine(), run.figures(), run.goals());
    }
  }

  private String machine() {
    return "One replica with -Xmx%s; clients, replica and PostgreSQL share %d processors. Java %s, %s."
        .formatted(
            options.heap(),
            Runtime.getRuntime().availableProcessors(),
            Runtime.version(),
            System.getProperty("os.name"));
  }
}
