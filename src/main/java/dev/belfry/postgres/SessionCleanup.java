package dev.belfry.postgres;

import dev.belfry.postgres.SessionAnnouncements.Kind;
import dev.belfry.postgres.SessionRows.Operation;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * How sessions end that nobody uses any more: they expire, which is announced, are remembered for a
 * while, and are forgotten. In small transactions, and on one replica at a time: whoever finds
 * another at it has nothing to do. Thread-safe.
 *
 * <p>A few are found by the index. Where they are many, it is soon cheaper to go through the table
 * itself, a range of pages at a time: each page is read once, and no batch passes over what those
 * before it have left dead in the index.
 */
final class SessionCleanup {

  /** Small enough that nobody notices the locks, large enough that the round trips do not count. */
  private static final int BATCH = 1_500;

  /** To announce one takes three times as long as to remove it. */
  private static final int ANNOUNCED_BATCH = 500;

  /** How much of the table is gone through at a time. */
  private static final int PAGES = 200;

  /**
   * When the index has found one in as many pages as this, to read all pages cannot cost much more
   * than what was done already.
   */
  private static final int PAGES_FOR_EACH = 4;

  private static final String EXPIRED =
      "ended_at IS NULL AND expires_bucket <= now() AND expires_at <= now()";

  /** Not what another writer has brought back to life. */
  private static final String OVER =
      "ended_at <= now() - interval '%1$d ms' AND expires_at <= now() - interval '%1$d ms'";

  private static final String EXPIRE = "UPDATE {sessions} SET ended_at = now()";
  private static final String REMOVE = "DELETE FROM {sessions}";

  private static final String BY_INDEX = "%s ORDER BY %s";

  /** As a whole, so that no index is used for it. */
  private static final String BY_PAGES = "(%s) IS TRUE AND ctid >= ?::tid AND ctid < ?::tid";

  /** Should the replica die that has the turn, its turn ends with its transaction. */
  private static final String CLEAN =
      """
      WITH turn AS MATERIALIZED (
        SELECT pg_try_advisory_xact_lock(
          hashtextextended('belfry cleanup', '{sessions}'::regclass::oid::bigint))%s AS mine),
      due AS MATERIALIZED (
        SELECT tableoid AS part, ctid AS place FROM {sessions}
        WHERE (SELECT mine FROM turn) AND %s LIMIT ? FOR UPDATE SKIP LOCKED)
      """;

  /**
   * Nobody waits for the disk: what a crash undoes is done again. Announcements are undone with it,
   * unless one has been told, which is a later commit that is waited for, and this with it.
   */
  private static final String SOON = " AND set_config('synchronous_commit', 'off', true) = 'off'";

  /** A place is one only within a partition. As a whole, so that it is looked up, not joined. */
  private static final String AT_THEIR_PLACES =
      """
      %s WHERE ctid = ANY (ARRAY(SELECT place FROM due))
      AND ((tableoid, ctid) IN (SELECT part, place FROM due)) IS TRUE
      """;

  private static final String TELL =
      """
      , told AS (%s RETURNING {columns})
      {announcement}
      SELECT id FROM told
      """;

  private static final String COUNT_PAGES =
      """
      SELECT max(pg_relation_size(part)) / current_setting('block_size')::bigint
      FROM (SELECT '{sessions}'::regclass AS part
        UNION ALL SELECT relid FROM pg_partition_tree('{sessions}')) AS parts
      """;

  private final SessionRows rows;
  private final Stage expiry;
  private final Stage forgetting;

  SessionCleanup(SessionRows rows) {
    this.rows = rows;
    Duration window = rows.rules().reviveWindow();
    // Nobody can take an end back for which nothing is remembered.
    String end = window.isZero() ? REMOVE : EXPIRE;
    // The commit of a caller's transaction is his affair.
    String commit = rows.joins() ? "" : SOON;
    String over = OVER.formatted(window.toMillis());
    expiry = new Stage(commit, EXPIRED, "expires_bucket", end, rows.announces(Kind.EXPIRED));
    forgetting = new Stage(commit, over, "ended_at", REMOVE, false);
  }

  /** What is done to which sessions. */
  private record Stage(String byIndex, String byPages, boolean announced) {
    Stage(String commit, String condition, String index, String action, boolean announced) {
      this(
          CLEAN.formatted(commit, BY_INDEX.formatted(condition, index)) + ending(action, announced),
          CLEAN.formatted(commit, BY_PAGES.formatted(condition)) + ending(action, announced),
          announced);
    }

    private static String ending(String action, boolean announced) {
      String there = AT_THEIR_PLACES.formatted(action);
      return announced ? TELL.formatted(there) : there;
    }

    int batch() {
      return announced ? ANNOUNCED_BATCH : BATCH;
    }
  }

  int run() {
    int expired = run(expiry);
    run(forgetting);
    return expired;
  }

  private int run(Stage stage) {
    int done = clean(stage, stage.byIndex);
    if (done < stage.batch()) {
      return done;
    }
    long pages = pages();
    int batch;
    do {
      batch = clean(stage, stage.byIndex);
      done += batch;
    } while (batch == stage.batch() && done <= pages / PAGES_FOR_EACH);
    return batch == stage.batch() ? done + goThrough(pages, stage) : done;
  }

  private long pages() {
    return rows.execute(
        Operation.of("deleteExpired"),
        rows.sql(COUNT_PAGES),
        statement -> {
          try (ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getLong(1);
          }
        });
  }

  private int goThrough(long pages, Stage stage) {
    int done = 0;
    for (long page = 0; page < pages; page += PAGES) {
      int batch;
      do {
        batch = clean(stage, stage.byPages, place(page), place(page + PAGES));
        done += batch;
      } while (batch == stage.batch());
    }
    return done;
  }

  private static String place(long page) {
    return "(%d,0)".formatted(page);
  }

  private int clean(Stage stage, String template, String... places) {
    Operation operation = Operation.of("deleteExpired");
    if (!stage.announced) {
      return rows.execute(
          operation,
          rows.sql(template),
          statement -> bind(statement, stage, places).executeUpdate());
    }
    List<String> expired =
        rows.execute(
            operation,
            rows.sql(template, Kind.EXPIRED),
            statement -> SessionRows.strings(bind(statement, stage, places)));
    rows.changed(Kind.EXPIRED, expired);
    return expired.size();
  }

  private static PreparedStatement bind(PreparedStatement statement, Stage stage, String... places)
      throws SQLException {
    SessionRows.bind(statement, List.of(places));
    statement.setInt(places.length + 1, stage.batch());
    return statement;
  }
}
