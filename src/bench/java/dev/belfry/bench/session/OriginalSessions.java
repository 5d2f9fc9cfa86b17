package dev.belfry.bench.session;

import dev.belfry.bench.measure.BenchException;
import dev.belfry.bench.measure.UnpreparedStatement;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonReaderFactory;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import javax.sql.DataSource;
import org.postgresql.PGStatement;

/**
 * The original's way, in Java. Emulated: its statements, its table, that each statement is a
 * transaction of its own, that no statement is prepared for the next time, and that each takes two
 * round trips, see {@link UnpreparedStatement}. Not emulated: Go itself; and its driver has the
 * server parse once, where pgjdbc has it parse twice. What that is worth is measured without the
 * first of the two round trips, which is less than the original does.
 */
final class OriginalSessions {
  private static final JsonReaderFactory READERS = Json.createReaderFactory(Map.of());

  private static final Duration TIME_TO_LIVE = Duration.ofMinutes(30);

  private final DataSource dataSource;
  private final boolean describes;
  private final String find;
  private final String create;
  private final String merge;
  private final String touch;

  private OriginalSessions(DataSource dataSource, String table, boolean describes) {
    this.dataSource = dataSource;
    this.describes = describes;
    this.find =
        """
        SELECT id, user_id, created_at, last_active_at, expires_at, state
        FROM %s WHERE id = ? AND expires_at > NOW()
        """
            .formatted(table);
    this.create =
        """
        INSERT INTO %s (id, user_id, created_at, last_active_at, expires_at, state)
        VALUES (?, ?, ?, ?, ?, ?::jsonb)
        ON CONFLICT (id) DO UPDATE SET user_id = EXCLUDED.user_id,
          created_at = EXCLUDED.created_at, last_active_at = EXCLUDED.last_active_at,
          expires_at = EXCLUDED.expires_at, state = EXCLUDED.state
        """
            .formatted(table);
    this.merge = "UPDATE %s SET state = state || ?::jsonb WHERE id = ?".formatted(table);
    this.touch = "UPDATE %s SET last_active_at = ?, expires_at = ? WHERE id = ?".formatted(table);
  }

  /** As it is. */
  static OriginalSessions of(DataSource dataSource, String table) {
    return new OriginalSessions(dataSource, table, true);
  }

  /** Without the first of its two round trips. */
  static OriginalSessions inOneRoundTrip(DataSource dataSource, String table) {
    return new OriginalSessions(dataSource, table, false);
  }

  /** What the original gives of a session. */
  record Found(
      String id,
      String userId,
      OffsetDateTime createdAt,
      OffsetDateTime lastActiveAt,
      OffsetDateTime expiresAt,
      JsonObject state) {}

  Found find(String id) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement = prepare(connection, find)) {
      statement.setString(1, id);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          throw new BenchException("The original's way does not find session " + id);
        }
        return new Found(
            row.getString(1),
            row.getString(2),
            row.getObject(3, OffsetDateTime.class),
            row.getObject(4, OffsetDateTime.class),
            row.getObject(5, OffsetDateTime.class),
            parse(row.getString(6)));
      }
    }
  }

  void create(String id, String userId, JsonObject state) throws SQLException {
    OffsetDateTime now = OffsetDateTime.now(ZoneOffset.UTC);
    update(create, id, userId, now, now, now.plus(TIME_TO_LIVE), state.toString());
  }

  void mergeState(String id, JsonObject changes) throws SQLException {
    update(merge, changes.toString(), id);
  }

  void touch(String id) throws SQLException {
    OffsetDateTime now = OffsetDateTime.now(ZoneOffset.UTC);
    update(touch, now, now.plus(TIME_TO_LIVE), id);
  }

  private void update(String sql, Object... parameters) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement = prepare(connection, sql)) {
      for (int parameter = 0; parameter < parameters.length; parameter++) {
        statement.setObject(parameter + 1, parameters[parameter]);
      }
      if (statement.executeUpdate() != 1) {
        throw new BenchException("The original's way changes nothing: " + sql);
      }
    }
  }

  private PreparedStatement prepare(Connection connection, String sql) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    if (describes) {
      UnpreparedStatement.describe(statement);
    } else {
      statement.unwrap(PGStatement.class).setPrepareThreshold(0);
    }
    return statement;
  }

  private static JsonObject parse(String json) {
    try (JsonReader reader = READERS.createReader(new StringReader(json))) {
      return reader.readObject();
    }
  }
}
