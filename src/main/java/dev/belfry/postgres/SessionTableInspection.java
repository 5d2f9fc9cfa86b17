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
import java.util.stream.Stream;

/** The sessions' table as it is found in the database's catalogue. */
final class SessionTableInspection {

  private static final String SELECT_COLUMNS =
      """
      SELECT attname, format_type(atttypid, atttypmod), attnotnull AND NOT atthasdef
      FROM pg_attribute
      WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped
      ORDER BY attnum
      """;

  private static final String SELECT_MISSING_PRIVILEGES =
      """
      SELECT privilege FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p (privilege)
      WHERE NOT has_table_privilege(to_regclass(?), privilege)
      """;

  private static final Map<String, String> ORIGINAL_COLUMNS = new LinkedHashMap<>();
  private static final Map<String, String> ADDED_COLUMNS = new LinkedHashMap<>();
  private static final Map<String, String> LIFETIME_COLUMNS = new LinkedHashMap<>();
  private static final Map<String, String> NEGOTIATED_COLUMNS = Map.of("negotiated", "jsonb");

  /** All, in the order in which they came. */
  private static final List<Map<String, String>> COLUMNS =
      List.of(ORIGINAL_COLUMNS, ADDED_COLUMNS, LIFETIME_COLUMNS, NEGOTIATED_COLUMNS);

  static {
    ORIGINAL_COLUMNS.put("id", "text");
    ORIGINAL_COLUMNS.put("user_id", "text");
    ORIGINAL_COLUMNS.put("created_at", "timestamp with time zone");
    ORIGINAL_COLUMNS.put("last_active_at", "timestamp with time zone");
    ORIGINAL_COLUMNS.put("expires_at", "timestamp with time zone");
    ORIGINAL_COLUMNS.put("state", "jsonb");
    ADDED_COLUMNS.put("version", "bigint");
    ADDED_COLUMNS.put("expires_bucket", "timestamp with time zone");
    LIFETIME_COLUMNS.put("time_to_live", "interval");
    LIFETIME_COLUMNS.put("not_after", "timestamp with time zone");
    LIFETIME_COLUMNS.put("ended_at", "timestamp with time zone");
    LIFETIME_COLUMNS.put("deleted", "boolean");
  }

  /** Indexes on some rows only, by their column. */
  private static final Map<String, String> PARTIAL_INDEXES = new LinkedHashMap<>();

  static {
    PARTIAL_INDEXES.put("expires_bucket", "(ended_at IS NULL)");
    PARTIAL_INDEXES.put("ended_at", "(ended_at IS NOT NULL)");
  }

  private final String name;
  private final Map<String, Column> columns;
  private final List<TableIndex> indexes;
  private final List<String> missingPrivileges;

  private SessionTableInspection(
      String name,
      Map<String, Column> columns,
      List<TableIndex> indexes,
      List<String> missingPrivileges) {
    this.name = name;
    this.missingPrivileges = missingPrivileges;
    this.columns = columns;
    this.indexes = indexes;
  }

  static SessionTableInspection of(Connection connection, SessionTable table) throws SQLException {
    Map<String, Column> columns = new LinkedHashMap<>();
    List<String> missingPrivileges = new ArrayList<>();
    String name = table.sqlName();
    forEachRow(
        connection,
        SELECT_COLUMNS,
        name,
        row -> columns.put(row.getString(1), new Column(row.getString(2), row.getBoolean(3))));
    forEachRow(
        connection,
        SELECT_MISSING_PRIVILEGES,
        name,
        row -> missingPrivileges.add(row.getString(1)));
    return new SessionTableInspection(
        name, columns, TableIndex.of(connection, table), missingPrivileges);
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
          if (found.needsValue() && COLUMNS.stream().noneMatch(ours -> ours.containsKey(column))) {
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

  /** Whether all is there that the first migration makes, whatever came after it. */
  boolean hasFirstMigration() {
    return differences(ORIGINAL_COLUMNS).isEmpty()
        && differences(ADDED_COLUMNS).isEmpty()
        && List.of("id", "user_id", "expires_bucket").stream().allMatch(this::hasIndex);
  }

  /** Whether all is there that the third migration adds, whatever came after it. */
  boolean hasThirdMigration() {
    return differences(LIFETIME_COLUMNS).isEmpty()
        && PARTIAL_INDEXES.entrySet().stream()
            .allMatch(index -> hasIndex(index.getKey(), index.getValue()));
  }

  /** What is missing or different from what this version needs; empty if nothing is. */
  List<String> differences() {
    if (!exists()) {
      return List.of("table %s is missing".formatted(name));
    }
    List<String> differences = new ArrayList<>();
    COLUMNS.forEach(columnsOfAFile -> differences.addAll(differences(columnsOfAFile)));
    for (String column : List.of("id", "user_id")) {
      if (!hasIndex(column)) {
        differences.add("table %s has no index on %s".formatted(name, column));
      }
    }
    PARTIAL_INDEXES.forEach(
        (column, predicate) -> {
          if (!hasIndex(column, predicate)) {
            differences.add(
                "table %s has no index on %s WHERE %s".formatted(name, column, predicate));
          }
        });
    if (!missingPrivileges.isEmpty()) {
      differences.add(
          "the role lacks %s on table %s".formatted(String.join(", ", missingPrivileges), name));
    }
    return differences;
  }

  /** An index of another owner that makes touches expensive. */
  Optional<String> indexThatPreventsHotUpdates() {
    return indexesOn("expires_at").findFirst().map(TableIndex::name);
  }

  private boolean hasIndex(String column) {
    return indexesOn(column).findAny().isPresent();
  }

  private boolean hasIndex(String column, String predicate) {
    return indexesOn(column).anyMatch(index -> index.predicate().equals(predicate));
  }

  private Stream<TableIndex> indexesOn(String column) {
    return indexes.stream().filter(TableIndex::valid).filter(index -> index.key().equals(column));
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
