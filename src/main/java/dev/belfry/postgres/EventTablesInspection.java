package dev.belfry.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The event log's tables as they are found in the database's catalogue. */
final class EventTablesInspection {

  /** The columns that this version needs, as one list a table. */
  private static final String SELECT_DIFFERENCES =
      """
      WITH needed (name, columns) AS (
        VALUES (?, 'channel text, last_offset bigint, epoch text, incarnation text'),
          (?, 'channel text, epoch text, first_offset bigint, started_at timestamp with time zone'),
          (?, 'channel text, event_offset bigint, epoch text, created_at timestamp with time zone, '
            || 'bytes integer, payload json'),
          (?, 'id bigint, channel text, payload json, bytes integer, idempotency_key text, '
            || 'coalescing_key text, due_at timestamp with time zone'),
          (?, 'channel text, key text, epoch text, event_offset bigint, '
            || 'created_at timestamp with time zone'),
          (?, 'channel text, replica text, streams integer, reported_at timestamp with time zone')),
      present AS (
        SELECT name, to_regclass(name) AS id, columns FROM needed)
      SELECT format('table %s is missing', name) FROM present WHERE id IS NULL
      UNION ALL
      SELECT format('column %s of table %s is missing or different', needed_column, name)
      FROM present, regexp_split_to_table(columns, ', ') AS needed_column
      WHERE id IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = id AND NOT attisdropped AND attnum > 0
        AND attname || ' ' || format_type(atttypid, atttypmod) = needed_column)
      UNION ALL
      SELECT format('table %s has no primary key', name) FROM present
      WHERE id IS NOT NULL
      AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = id AND indisprimary)
      UNION ALL
      SELECT format('the role lacks %s on table %s', string_agg(privilege, ', '), name)
      FROM present, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
      WHERE id IS NOT NULL AND NOT has_table_privilege(id, privilege)
      GROUP BY name
      """;

  private EventTablesInspection() {}

  /** What is missing or different from what this version needs; empty if nothing is. */
  static List<String> differences(Connection connection, EventTables tables) throws SQLException {
    List<String> differences = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(SELECT_DIFFERENCES)) {
      int parameter = 0;
      for (String table : EventTables.ALL) {
        parameter++;
        statement.setString(parameter, tables.sqlName(table));
      }
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          differences.add(rows.getString(1));
        }
      }
    }
    return differences;
  }
}
