package dev.belfry.bench.stream;

import dev.belfry.bench.measure.Options;
import dev.belfry.bench.measure.Part;
import dev.belfry.bench.measure.ServerGauge;
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
public final class StreamsPart extends Part {
  private final ClusterFiles files;
  private final StreamsOptions options;

  public StreamsPart(ClusterFiles files, Options options) {
    this.files = files;
    this.options = StreamsOptions.from(options);
  }

  @Override
  protected void measure() throws InterruptedException {
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
      measure(cluster.replica(1));
    }
  }

  private void measure(Replica replica) throws InterruptedException {
    ServerGauge gauge = new ServerGauge(replica.pid());
    findings.condition("One replica with -Xmx%s.".formatted(options.heap()));
    try (StreamClient client = new StreamClient(replica.uri("/api/events"));
        StreamsRun run = new StreamsRun(replica, gauge, client, options, findings)) {
      run.warmUp();
      run.open();
      run.steady();
      run.burst();
      run.visits();
      run.leave();
    }
  }
}
