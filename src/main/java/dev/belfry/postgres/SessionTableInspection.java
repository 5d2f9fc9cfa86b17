package dev.belfry.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The sessions' table as it is found in the database's catalogue. */
final class SessionTableInspection {

  private static final String SELECT_COLUMNS =
      """
      SELECT attname, format_type(atttypid, atttypmod), attnotnull AND NOT atthasdef
      FROM pg_attribute
      WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped
      ORDER BY attnum
      """;

  private static final String SELECT_INDEXES =
      """
      SELECT indexrelid::regclass::text, attname
      FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
      WHERE indrelid = to_regclass(?)
      """;

  private static final String SELECT_MISSING_PRIVILEGES =
      """
      SELECT privilege FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p (privilege)
      WHERE NOT has_table_privilege(to_regclass(?), privilege)
      """;

  private static final Map<String, String> ORIGINAL_COLUMNS = new LinkedHashMap<>();
  private static final Map<String, String> ADDED_COLUMNS = new LinkedHashMap<>();

  static {
    ORIGINAL_COLUMNS.put("id", "text");
    ORIGINAL_COLUMNS.put("user_id", "text");
    ORIGINAL_COLUMNS.put("created_at", "timestamp with time zone");
    ORIGINAL_COLUMNS.put("last_active_at", "timestamp with time zone");
    ORIGINAL_COLUMNS.put("expires_at", "timestamp with time zone");
    ORIGINAL_COLUMNS.put("state", "jsonb");
    ADDED_COLUMNS.put("version", "bigint");
    ADDED_COLUMNS.put("expires_bucket", "timestamp with time zone");
  }

  private final String name;
  private final Map<String, Column> columns;
  private final Map<String, String> indexesByFirstColumn;
  private final List<String> missingPrivileges;

  private SessionTableInspection(
      String name,
      Map<String, Column> columns,
      Map<String, String> indexesByFirstColumn,
      List<String> missingPrivileges) {
    this.name = name;
    this.missingPrivileges = missingPrivileges;
    this.columns = columns;
    this.indexesByFirstColumn = indexesByFirstColumn;
  }

  static SessionTableInspection of(Connection connection, SessionTable table) throws SQLException {
    Map<String, Column> columns = new LinkedHashMap<>();
    Map<String, String> indexes = new LinkedHashMap<>();
    List<String> missingPrivileges = new ArrayList<>();
    String name = table.sqlName();
    forEachRow(
        connection,
        SELECT_COLUMNS,
        name,
        row -> columns.put(row.getString(1), new Column(row.getString(2), row.getBoolean(3))));
    forEachRow(
        connection, SELECT_INDEXES, name, row -> indexes.put(row.getString(2), row.getString(1)));
    forEachRow(
        connection,
        SELECT_MISSING_PRIVILEGES,
        name,
        row -> missingPrivileges.add(row.getString(1)));
    return new SessionTableInspection(name, columns, indexes, missingPrivileges);
  }

  private static void forEachRow(Connection connection, String sql, String table, RowReader reader)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, table);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          reader.read(rows);
        }
      }
    }
  }

  boolean exists() {
    return !columns.isEmpty();
  }

  /**
   * @throws SchemaException if the table is another product's: Open Liberty's database sessions,
   *     for one, live in a table of the same name
   */
  void requireOriginalColumns() {
    List<String> differences = new ArrayList<>(differences(ORIGINAL_COLUMNS));
    columns.forEach(
        (column, found) -> {
          if (found.needsValue()
              && !ORIGINAL_COLUMNS.containsKey(column)
              && !ADDED_COLUMNS.containsKey(column)) {
            differences.add("column %s needs a value that Belfry does not have".formatted(column));
          }
        });
    if (!differences.isEmpty()) {
      throw new SchemaException(
          """
          Table %s exists, but holds something else than Belfry's sessions (its columns: %s): %s. It was \
          left as it is. Give Belfry another table with belfry.session.table, or another schema with \
          belfry.schema.name"""
              .formatted(
                  name, String.join(", ", columns.keySet()), String.join("; ", differences)));
    }
  }

  /** What is missing or different from what this version needs; empty if nothing is. */
  List<String> differences() {
    if (!exists()) {
      return List.of("table %s is missing".formatted(name));
    }
    List<String> differences = new ArrayList<>(differences(ORIGINAL_COLUMNS));
    differences.addAll(differences(ADDED_COLUMNS));
    for (String column : List.of("id", "expires_bucket", "user_id")) {
      if (!indexesByFirstColumn.containsKey(column)) {
        differences.add("table %s has no index on %s".formatted(name, column));
      }
    }
    if (!missingPrivileges.isEmpty()) {
      differences.add(
          "the role lacks %s on table %s".formatted(String.join(", ", missingPrivileges), name));
    }
    return differences;
  }

  /** An index of another owner that makes touches expensive. */
  Optional<String> indexThatPreventsHotUpdates() {
    return Optional.ofNullable(indexesByFirstColumn.get("expires_at"));
  }

  private List<String> differences(Map<String, String> expected) {
    List<String> differences = new ArrayList<>();
    expected.forEach(
        (column, type) -> {
          Column found = columns.get(column);
          if (found == null) {
            differences.add("column %s %s is missing".formatted(column, type));
          } else if (!found.type().equals(type)) {
            differences.add(
                "column %s is of type %s instead of %s".formatted(column, found.type(), type));
          }
        });
    return differences;
  }

  /** What is done with a row. */
  @FunctionalInterface
  private interface RowReader {
    void read(ResultSet row) throws SQLException;
  }

  private record Column(String type, boolean needsValue) {}
}
