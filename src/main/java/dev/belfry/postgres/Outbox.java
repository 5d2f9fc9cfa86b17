package dev.belfry.postgres;

import dev.belfry.event.PublishOption;
import dev.belfry.postgres.EventCodec.Encoded;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Events that are not in the log yet. Whoever puts one in does so in his own transaction, without
 * NOTIFY, which could not be prepared (XA), and which would make all who notify wait for each other
 * until that transaction has committed.
 */
final class Outbox {

  private static final int BATCH_EVENTS = 1_000;
  private static final int BATCH_BYTES = 4 * 1024 * 1024;
  private static final int BATCH_KEYS = 50;

  private static final String PUT =
      """
      INSERT INTO {outbox} (channel, payload, bytes, idempotency_key, coalescing_key, due_at)
      VALUES (?, ?::json, ?, ?, ?, clock_timestamp() + ? * interval '1 millisecond')
      """;

  private static final String IS_ANYTHING_DUE =
      """
      SELECT EXISTS (
        SELECT FROM {outbox} WHERE channel = ? AND due_at <= clock_timestamp())
      """;

  private static final String TAKE =
      """
      DELETE FROM {outbox} WHERE id IN (
        SELECT id FROM (
          SELECT id, sum(bytes) OVER (ORDER BY id) - bytes AS bytes_before
          FROM (
            SELECT id, bytes FROM {outbox}
            WHERE channel = ? AND coalescing_key IS NULL
            ORDER BY id LIMIT %d) AS next) AS measured
        WHERE bytes_before < %d)
      RETURNING id, payload, bytes, idempotency_key
      """
          .formatted(BATCH_EVENTS, BATCH_BYTES);

  /** All of a key that is due, also what came later: one event is made of them, the last. */
  private static final String TAKE_COALESCED =
      """
      WITH due AS (
        SELECT DISTINCT coalescing_key FROM {outbox}
        WHERE channel = ? AND coalescing_key IS NOT NULL AND due_at <= clock_timestamp()
        LIMIT %d),
      taken AS (
        DELETE FROM {outbox} AS waiting USING due
        WHERE waiting.channel = ? AND waiting.coalescing_key = due.coalescing_key
        RETURNING waiting.id, waiting.payload, waiting.bytes, waiting.coalescing_key)
      SELECT DISTINCT ON (coalescing_key) id, payload, bytes, NULL
      FROM taken ORDER BY coalescing_key, id DESC
      """
          .formatted(BATCH_KEYS);

  private final String channel;
  private final Duration coalescingWindow;
  private final String put;
  private final String isAnythingDue;
  private final String take;
  private final String takeCoalesced;

  /**
   * @param coalescingWindow how long an event with a coalescing key waits for others
   */
  Outbox(String channel, EventTables tables, Duration coalescingWindow) {
    this.channel = channel;
    this.coalescingWindow = coalescingWindow;
    this.put = tables.complete(PUT);
    this.isAnythingDue = tables.complete(IS_ANYTHING_DUE);
    this.take = tables.complete(TAKE);
    this.takeCoalesced = tables.complete(TAKE_COALESCED);
  }

  /** Puts an event in, in the connection's transaction. */
  void put(Connection connection, Encoded event, PublishOption option) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(put)) {
      statement.setString(1, channel);
      statement.setString(2, event.json());
      statement.setInt(3, event.bytes());
      statement.setString(
          4, option instanceof PublishOption.Idempotent idempotent ? idempotent.key() : null);
      statement.setString(
          5, option instanceof PublishOption.Coalesced coalesced ? coalesced.key() : null);
      statement.setLong(
          6, option instanceof PublishOption.Coalesced ? coalescingWindow.toMillis() : 0);
      statement.executeUpdate();
    }
  }

  /** Whether there is anything to take. Holds nobody up. */
  boolean isAnythingDue(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(isAnythingDue)) {
      statement.setString(1, channel);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  /**
   * What was taken.
   *
   * @param more whether more may be due
   */
  record Due(List<LogWriter.Entry> entries, boolean more) {}

  /**
   * Takes what is due out, in the order in which it was put in. Whoever takes must hold the log:
   * two at once could part the events of one transaction, and change their order.
   */
  Due take(Connection connection) throws SQLException {
    List<Row> rows = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(take)) {
      statement.setString(1, channel);
      rows.addAll(rows(statement));
    }
    boolean more =
        rows.size() == BATCH_EVENTS
            || rows.stream().mapToLong(row -> row.entry().encoded().bytes()).sum() >= BATCH_BYTES;
    try (PreparedStatement statement = connection.prepareStatement(takeCoalesced)) {
      statement.setString(1, channel);
      statement.setString(2, channel);
      List<Row> coalesced = rows(statement);
      more |= coalesced.size() == BATCH_KEYS;
      rows.addAll(coalesced);
    }
    rows.sort(Comparator.comparingLong(Row::id));
    return new Due(rows.stream().map(Row::entry).toList(), more);
  }

  private static List<Row> rows(PreparedStatement statement) throws SQLException {
    List<Row> rows = new ArrayList<>();
    try (ResultSet result = statement.executeQuery()) {
      while (result.next()) {
        rows.add(
            new Row(
                result.getLong(1),
                new LogWriter.Entry(
                    EventCodec.encoded(result.getString(2), result.getInt(3)),
                    Optional.ofNullable(result.getString(4)))));
      }
    }
    return rows;
  }

  private record Row(long id, LogWriter.Entry entry) {}
}
