package dev.belfry.cluster;

/** The PostgreSQL database that all replicas of a cluster share. */
public interface Database extends AutoCloseable {

  /**
   * Makes the database available, or finds that it is not. Blocks, for seconds at most.
   *
   * @throws ClusterException if it does not answer
   */
  void start();

  /**
   * How to reach it; does not change, also across a restart.
   *
   * @return where it is
   */
  DatabaseAddress address();

  /** Gives up what {@link #start} took. Idempotent; blocks, for seconds at most. */
  @Override
  void close();
}
