package dev.belfry.postgres;

import dev.belfry.event.EventId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The keys of events that are published once. Whoever asks must hold the log, see EventLog. */
final class IdempotencyKeys {

  private static final String FIND =
      """
      SELECT key, epoch, event_offset FROM {idempotency}
      WHERE channel = ? AND key = ANY (?) AND created_at > now() - ? * interval '1 millisecond'
      """;

  private static final String KEEP =
      """
      INSERT INTO {idempotency} (channel, key, epoch, event_offset)
      SELECT ?, key, epoch, event_offset
      FROM unnest(?::text[], ?::text[], ?::bigint[]) AS published (key, epoch, event_offset)
      ON CONFLICT (channel, key) DO UPDATE
      SET epoch = excluded.epoch, event_offset = excluded.event_offset, created_at = now()
      """;

  private static final String TRIM =
      """
      DELETE FROM {idempotency} WHERE channel = ? AND key = ANY (ARRAY(
        SELECT key FROM {idempotency}
        WHERE channel = ? AND created_at <= now() - ? * interval '1 millisecond'
        ORDER BY created_at LIMIT %d FOR UPDATE SKIP LOCKED))
      """
          .formatted(IdempotencyKeys.BATCH);

  private static final int BATCH = 1_000;

  private final String channel;
  private final Duration retention;
  private final String find;
  private final String keep;
  private final String trim;

  IdempotencyKeys(String channel, EventTables tables, Duration retention) {
    this.channel = channel;
    this.retention = retention;
    this.find = tables.complete(FIND);
    this.keep = tables.complete(KEEP);
    this.trim = tables.complete(TRIM);
  }

  /** The keys among those given that were published already, and where. */
  Map<String, EventId> find(Connection connection, Collection<String> keys) throws SQLException {
    Map<String, EventId> published = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(find)) {
      statement.setString(1, channel);
      statement.setArray(2, connection.createArrayOf("text", keys.toArray()));
      statement.setLong(3, retention.toMillis());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          published.put(rows.getString(1), new EventId(rows.getString(2), rows.getLong(3)));
        }
      }
    }
    return published;
  }

  /** Keeps keys that were published now. */
  void keep(Connection connection, Map<String, EventId> published) throws SQLException {
    List<Map.Entry<String, EventId>> entries = List.copyOf(published.entrySet());
    try (PreparedStatement statement = connection.prepareStatement(keep)) {
      statement.setString(1, channel);
      statement.setArray(
          2, connection.createArrayOf("text", entries.stream().map(Map.Entry::getKey).toArray()));
      statement.setArray(
          3,
          connection.createArrayOf(
              "text", entries.stream().map(entry -> entry.getValue().epoch()).toArray()));
      statement.setArray(
          4,
          connection.createArrayOf(
              "int8", entries.stream().map(entry -> entry.getValue().offset()).toArray()));
      statement.executeUpdate();
    }
  }

  /** Removes the keys whose time is over. Every batch is a transaction if autocommit is on. */
  void trim(Connection connection) throws SQLException {
    int removed;
    do {
      try (PreparedStatement statement = connection.prepareStatement(trim)) {
        statement.setString(1, channel);
        statement.setString(2, channel);
        statement.setLong(3, retention.toMillis());
        removed = statement.executeUpdate();
      }
    } while (removed == BATCH);
  }
}
