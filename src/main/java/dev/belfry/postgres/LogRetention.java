package dev.belfry.postgres;

import dev.belfry.config.BelfrySettings.Retention;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** Removes from the log of one channel what is not to be kept. Thread-safe. */
final class LogRetention {

  private static final int TRIM_BATCH = 5_000;

  /** Oldest first, in ranges of the offset: no row is looked for, and pages become free whole. */
  private static final String TRIM =
      """
      WITH oldest AS (
        SELECT event_offset, created_at FROM {event} WHERE channel = ?
        ORDER BY event_offset LIMIT %d),
      kept AS (
        SELECT %s - ? AS until FROM {log} AS log WHERE channel = ?)
      DELETE FROM {event} WHERE channel = ? AND event_offset <= (
        SELECT max(event_offset) FROM oldest
        WHERE event_offset <= (SELECT until FROM kept)
        OR created_at < now() - ? * interval '1 millisecond')
      """
          .formatted(TRIM_BATCH, EventLog.LAST_OFFSET);

  /** The log goes on from there if no event is left to tell. */
  private static final String REMEMBER_END =
      """
      UPDATE {log} AS log SET last_offset = %1$s WHERE channel = ? AND last_offset < %1$s
      """
          .formatted(EventLog.LAST_OFFSET);

  /** Epochs that end before the log begins, but for the one that the log begins in. */
  private static final String TRIM_EPOCHS =
      """
      DELETE FROM {epoch} AS old WHERE channel = ? AND EXISTS (
        SELECT FROM {epoch} AS later WHERE later.channel = old.channel
        AND (later.first_offset, later.started_at) > (old.first_offset, old.started_at)
        AND later.first_offset < (SELECT min(event_offset) FROM {event} WHERE channel = ?))
      """;

  private final String channel;
  private final Retention retention;
  private final String rememberEnd;
  private final String trim;
  private final String trimEpochs;

  LogRetention(String channel, EventTables tables, Retention retention) {
    this.channel = channel;
    this.retention = retention;
    this.rememberEnd = tables.complete(REMEMBER_END);
    this.trim = tables.complete(TRIM);
    this.trimEpochs = tables.complete(TRIM_EPOCHS);
  }

  /** Trims the log. Every batch is a transaction if autocommit is on. */
  int trim(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(rememberEnd)) {
      statement.setString(1, channel);
      statement.executeUpdate();
    }
    int total = 0;
    int removed;
    do {
      try (PreparedStatement statement = connection.prepareStatement(trim)) {
        statement.setString(1, channel);
        statement.setInt(2, retention.count());
        statement.setString(3, channel);
        statement.setString(4, channel);
        statement.setLong(5, retention.age().toMillis());
        removed = statement.executeUpdate();
      }
      total += removed;
    } while (removed == TRIM_BATCH);
    try (PreparedStatement statement = connection.prepareStatement(trimEpochs)) {
      statement.setString(1, channel);
      statement.setString(2, channel);
      statement.executeUpdate();
    }
    return total;
  }
}
