package dev.belfry.event;

/** Who is there, on all replicas together. Thread-safe. */
public interface Presence extends AutoCloseable {

  /**
   * How many there are.
   *
   * @param replicas that have reported lately
   * @param streams that they have open
   */
  record Count(int replicas, int streams) {}

  /**
   * Counts. A replica that crashed is counted until it has not reported for three intervals ({@code
   * belfry.presence.interval}). Blocks.
   *
   * @throws BroadcasterException if the backend refused it or could not be reached
   */
  Count count();

  /**
   * Reports for this replica. Blocks.
   *
   * @param streams how many it has open
   * @throws BroadcasterException if the backend refused it or could not be reached
   */
  void report(int streams);

  /** Takes this replica out of the count, if the backend can be reached. Idempotent. */
  @Override
  void close();
}
