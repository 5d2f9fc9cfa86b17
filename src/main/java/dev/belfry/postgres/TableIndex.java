package dev.belfry.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * An index as it is found in the database's catalogue.
 *
 * @param name as SQL wants it
 * @param method btree, hash and so on
 * @param valid false where it was not completed: nobody uses it
 * @param key its first column or expression
 * @param predicate of what rows; empty for all
 */
record TableIndex(String name, String method, boolean valid, String key, String predicate) {

  private static final String SELECT =
      """
      SELECT indexrelid::regclass::text, amname, indisvalid,
        coalesce(attname::text, pg_get_expr(indexprs, indrelid), ''),
        coalesce(pg_get_expr(indpred, indrelid), '')
      FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam
      LEFT JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
      WHERE indrelid = to_regclass(?)
      """;

  private static final Set<String> FOR_EQUALITY = Set.of("btree", "hash");

  static List<TableIndex> of(Connection connection, SessionTable table) throws SQLException {
    List<TableIndex> indexes = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(SELECT)) {
      statement.setString(1, table.sqlName());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          indexes.add(
              new TableIndex(
                  row.getString(1),
                  row.getString(2),
                  row.getBoolean(3),
                  row.getString(4),
                  row.getString(5)));
        }
      }
    }
    return indexes;
  }

  /** Whether it serves to look for an attribute. */
  boolean serves(IndexedAttribute attribute) {
    return valid && predicate.isEmpty() && FOR_EQUALITY.contains(method) && attribute.isKey(key);
  }
}
