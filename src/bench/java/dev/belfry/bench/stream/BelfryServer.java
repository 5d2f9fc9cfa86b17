package dev.belfry.bench.stream;

import dev.belfry.bench.measure.ProcessorTime;
import dev.belfry.cluster.Cluster;
import dev.belfry.cluster.ClusterFiles;
import dev.belfry.cluster.EmbeddedDatabase;
import dev.belfry.cluster.Jvm;
import dev.belfry.cluster.Ports;
import dev.belfry.cluster.Replica;
import java.net.URI;
import java.time.Duration;
import java.util.Map;

/** One replica of the demo with a PostgreSQL. What the latter uses is not counted. */
final class BelfryServer implements FanoutServer {
  private final Cluster cluster;

  /** Starts it. */
  BelfryServer(ClusterFiles files, String heap) {
    this(files, heap, Map.of());
  }

  /**
   * Starts it.
   *
   * @param settings that differ from the usual
   */
  BelfryServer(ClusterFiles files, String heap, Map<String, String> settings) {
    cluster =
        new Cluster(
            files,
            new EmbeddedDatabase(files.work().resolve("postgresql"), Map.of()),
            Ports.free(1),
            new Jvm(heap, settings));
    cluster.start();
  }

  Replica replica() {
    return cluster.replica(1);
  }

  @Override
  public URI events() {
    return replica().uri("/api/events");
  }

  @Override
  public URI stream() {
    return events();
  }

  @Override
  public Duration processorTime() {
    return ProcessorTime.of(replica().pid());
  }

  @Override
  public void close() {
    cluster.close();
  }
}
