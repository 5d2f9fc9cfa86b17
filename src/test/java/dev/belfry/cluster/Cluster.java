package dev.belfry.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A database and the replicas that share it. When the JVM is told to end, the replicas stop first,
 * then the database. {@link #start} is for one thread; everything else is thread-safe.
 */
public final class Cluster implements AutoCloseable {
  private final ClusterFiles files;
  private final Database database;
  private final List<Replica> replicas;
  private final CompletableFuture<String> death = new CompletableFuture<>();
  private final Thread shutdownHook = new Thread(this::close, "cluster-shutdown");

  // Set before lifecycle is waited for, so that a start in progress goes no further.
  private volatile boolean closing;

  private final Object lifecycle = new Object();
  // Guarded by lifecycle.
  private Optional<WorkLock> lock = Optional.empty();
  // Guarded by lifecycle.
  private boolean closed;

  /**
   * Starts nothing yet.
   *
   * @param files what the build prepared
   * @param database started and closed with the cluster
   * @param ports where the replicas listen: as many replicas as ports
   * @param settings system properties of every replica, for example {@code belfry.session.ttl}
   */
  public Cluster(
      ClusterFiles files, Database database, List<Integer> ports, Map<String, String> settings) {
    this(files, database, ports, new Jvm(Jvm.USUAL_HEAP, settings));
  }

  /**
   * Starts nothing yet.
   *
   * @param files what the build prepared
   * @param database started and closed with the cluster
   * @param ports where the replicas listen: as many replicas as ports
   * @param jvm of every replica
   */
  public Cluster(ClusterFiles files, Database database, List<Integer> ports, Jvm jvm) {
    this.files = files;
    this.database = database;
    List<Replica> created = new ArrayList<>();
    for (int port : ports) {
      String name = "replica-" + (created.size() + 1);
      Jvm own = jvm.with("replica.name", name);
      created.add(new Replica(name, port, files, own, death::complete));
    }
    this.replicas = List.copyOf(created);
  }

  /**
   * Starts the database, then all replicas at once, and waits until all are ready.
   *
   * @return this
   * @throws ClusterException saying what went wrong; nothing is left running
   */
  public Cluster start() {
    Runtime.getRuntime().addShutdownHook(shutdownHook);
    try {
      unlessClosing(() -> lock = Optional.of(WorkLock.acquire(files.work())));
      unlessClosing(database::start);
      for (Replica replica : replicas) {
        unlessClosing(
            () -> {
              replica.createDirectory(database.address());
              replica.launch();
            });
      }
      replicas.forEach(Replica::awaitReady);
      return this;
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  // One step at a time, so that a close waits for the step and then finds all that was started.
  private void unlessClosing(Runnable step) {
    synchronized (lifecycle) {
      if (closing) {
        throw new ClusterException("The cluster was closed while it was starting.");
      }
      step.run();
    }
  }

  /**
   * Waits for a replica that ends without having been told to.
   *
   * @param limit how long to wait; empty: for ever
   * @return what happened, with the end of the replica's log; empty when the time is over
   * @throws InterruptedException if this thread is interrupted
   */
  public Optional<String> awaitDeath(Optional<Duration> limit) throws InterruptedException {
    try {
      return Optional.of(
          limit.isPresent()
              ? death.get(limit.get().toMillis(), TimeUnit.MILLISECONDS)
              : death.get());
    } catch (TimeoutException ignored) {
      return Optional.empty();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * One replica.
   *
   * @param number from 1
   * @return the same object every time
   */
  public Replica replica(int number) {
    return replicas.get(number - 1);
  }

  /**
   * All replicas.
   *
   * @return in the order of their ports; also those that are not running
   */
  public List<Replica> replicas() {
    return replicas;
  }

  /**
   * The database, as given.
   *
   * @return it may be stopped and started while the cluster runs
   */
  public Database database() {
    return database;
  }

  /**
   * Stops all replicas at once, by force if need be, then the database. Idempotent; blocks, for
   * seconds at most, until nothing of the cluster is running.
   */
  @Override
  public void close() {
    closing = true;
    synchronized (lifecycle) {
      if (!closed) {
        closed = true;
        try {
          stopReplicas();
          database.close();
        } finally {
          lock.ifPresent(WorkLock::close);
        }
      }
    }
    forgetShutdownHook();
  }

  private void stopReplicas() {
    long deadline = System.nanoTime() + Replica.STOP_LIMIT.toNanos();
    replicas.forEach(Replica::terminate);
    for (Replica replica : replicas) {
      replica.awaitEnd(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
    }
  }

  private void forgetShutdownHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(shutdownHook);
    } catch (IllegalStateException ignored) {
      // The JVM is ending, and this is the hook or runs beside it.
    }
  }
}
