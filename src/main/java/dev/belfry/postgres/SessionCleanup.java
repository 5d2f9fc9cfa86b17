package dev.belfry.postgres;

import dev.belfry.postgres.SessionAnnouncements.Kind;
import dev.belfry.postgres.SessionRows.Operation;
import java.util.List;

/**
 * How sessions end that nobody uses any more: they expire, which is announced, are remembered for a
 * while, and are forgotten. In small transactions, and on one replica at a time: whoever finds
 * another at it has nothing to do. Thread-safe.
 */
final class SessionCleanup {

  /** Small enough that nobody notices the locks, large enough that the round trips do not count. */
  private static final int BATCH = 500;

  /** What is only removed takes a third of the time. */
  private static final int REMOVE_BATCH = 3 * BATCH;

  /** Should the replica die that has the turn, its turn ends with its transaction. */
  private static final String MY_TURN =
      """
      WITH turn AS MATERIALIZED (
        SELECT pg_try_advisory_xact_lock(
          hashtextextended('belfry cleanup', '{sessions}'::regclass::oid::bigint)) AS mine),
      """;

  private static final String EXPIRE =
      MY_TURN
          + """
          due AS MATERIALIZED (
            SELECT id AS due_id FROM {sessions}
            WHERE (SELECT mine FROM turn) AND ended_at IS NULL
            AND expires_bucket <= now() AND expires_at <= now()
            ORDER BY expires_bucket LIMIT ? FOR UPDATE SKIP LOCKED),
          told AS (
            UPDATE {sessions} SET ended_at = now() FROM due WHERE id = due_id
            RETURNING {columns})
          {announcement}
          SELECT id FROM told
          """;

  /** At once: nobody is told of the end, and nobody can take it back. */
  private static final String REMOVE =
      MY_TURN
          + """
          over AS MATERIALIZED (
            SELECT id AS over_id FROM {sessions}
            WHERE (SELECT mine FROM turn) AND ended_at IS NULL
            AND expires_bucket <= now() AND expires_at <= now()
            ORDER BY expires_bucket LIMIT ? FOR UPDATE SKIP LOCKED)
          DELETE FROM {sessions} USING over WHERE id = over_id
          """;

  /** Not what another writer has brought back to life. */
  private static final String FORGET =
      MY_TURN
          + """
          over AS MATERIALIZED (
            SELECT id AS over_id FROM {sessions}
            WHERE (SELECT mine FROM turn) AND ended_at <= now() - ? * interval '1 millisecond'
            AND expires_at <= now() - ? * interval '1 millisecond'
            ORDER BY ended_at LIMIT ? FOR UPDATE SKIP LOCKED)
          DELETE FROM {sessions} USING over WHERE id = over_id
          """;

  private final SessionRows rows;

  SessionCleanup(SessionRows rows) {
    this.rows = rows;
  }

  int run() {
    boolean atOnce = !rows.announces(Kind.EXPIRED) && rows.rules().reviveWindow().isZero();
    int expired = atOnce ? removeAll() : expireAll();
    while (forget() == BATCH) {
      // There may be more.
    }
    return expired;
  }

  private int expireAll() {
    int expired = 0;
    List<String> batch;
    do {
      batch = expire();
      expired += batch.size();
    } while (batch.size() == BATCH);
    return expired;
  }

  private int removeAll() {
    int removed = 0;
    int batch;
    do {
      batch = remove();
      removed += batch;
    } while (batch == REMOVE_BATCH);
    return removed;
  }

  private int remove() {
    return rows.execute(
        Operation.of("deleteExpired"),
        rows.sql(REMOVE),
        statement -> {
          statement.setInt(1, REMOVE_BATCH);
          return statement.executeUpdate();
        });
  }

  private List<String> expire() {
    List<String> expired =
        rows.execute(
            Operation.of("deleteExpired"),
            rows.sql(EXPIRE, Kind.EXPIRED),
            statement -> {
              statement.setInt(1, BATCH);
              return SessionRows.strings(statement);
            });
    rows.changed(Kind.EXPIRED, expired);
    return expired;
  }

  private int forget() {
    long window = rows.rules().reviveWindow().toMillis();
    return rows.execute(
        Operation.of("deleteExpired"),
        rows.sql(FORGET),
        statement -> {
          statement.setLong(1, window);
          statement.setLong(2, window);
          statement.setInt(3, BATCH);
          return statement.executeUpdate();
        });
  }
}
