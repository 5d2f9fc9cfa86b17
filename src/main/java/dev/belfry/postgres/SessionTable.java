package dev.belfry.postgres;

import dev.belfry.session.Session;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonReaderFactory;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.sql.ResultSet;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Map;

/**
 * Where the sessions' table is, and how its rows are read.
 *
 * @param schema the schema; empty for the connection's own
 * @param table the table
 */
public record SessionTable(String schema, String table) {

  /** The columns of a whole session, for {@link #read}. */
  static final String COLUMNS =
      "id, user_id, created_at, last_active_at, expires_at, state::text AS state, version";

  /** Kept, because to find the JSON provider anew takes longer than to read a session. */
  private static final JsonReaderFactory READERS = Json.createReaderFactory(Map.of());

  /** The table's name as SQL wants it: quoted, with its schema. */
  String sqlName() {
    return schema.isEmpty() ? quote(table) : quote(schema) + "." + quote(table);
  }

  /** An identifier in quotes: taken literally, whatever it holds. */
  static String quote(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }

  /** Reads the session that a row holds. */
  static Session read(ResultSet row) throws SQLException {
    return new Session(
        row.getString("id"),
        row.getString("user_id"),
        instant(row, "created_at"),
        instant(row, "last_active_at"),
        instant(row, "expires_at"),
        state(row.getString("state")),
        row.getLong("version"));
  }

  private static Instant instant(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  // The original stores JSON null for a session without state, and its merges make arrays of it.
  private static JsonObject state(String json) throws SQLException {
    try (JsonReader reader = READERS.createReader(new StringReader(json))) {
      return reader.readValue() instanceof JsonObject object ? object : JsonValue.EMPTY_JSON_OBJECT;
    } catch (RuntimeException unreadable) {
      // Only another writer can nest so deeply that the reader gives up, which Parsson has no type
      // for.
      throw new SQLDataException(
          "The state cannot be read: " + unreadable.getMessage(), unreadable);
    }
  }
}
