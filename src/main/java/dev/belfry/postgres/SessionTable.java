package dev.belfry.postgres;

/**
 * Where the sessions' table is.
 *
 * @param schema the schema; empty for the connection's own
 * @param table the table
 */
public record SessionTable(String schema, String table) {

  /** The table's name as SQL wants it: quoted, with its schema. */
  String sqlName() {
    return schema.isEmpty() ? quote(table) : quote(schema) + "." + quote(table);
  }

  /** An identifier in quotes: taken literally, whatever it holds. */
  static String quote(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }

  /** Text in quotes. */
  static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }
}
