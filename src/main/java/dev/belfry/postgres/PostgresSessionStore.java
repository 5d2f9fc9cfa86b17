package dev.belfry.postgres;

import static java.util.Objects.requireNonNull;

import dev.belfry.session.Session;
import dev.belfry.session.SessionConflictException;
import dev.belfry.session.SessionIds;
import dev.belfry.session.SessionPage;
import dev.belfry.session.SessionState;
import dev.belfry.session.SessionStore;
import dev.belfry.session.SessionStoreException;
import dev.belfry.session.SessionStoreUnavailableException;
import jakarta.json.JsonObject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;

/**
 * Keeps sessions in a PostgreSQL table that the original may share. Each operation is one
 * statement, in the transaction of the caller if there is one, else in its own; all times are the
 * database's.
 */
public final class PostgresSessionStore implements SessionStore {

  /** Small enough that nobody notices the locks, large enough that the round trips do not count. */
  private static final int CLEANUP_BATCH = 500;

  private static final String CREATE =
      """
      INSERT INTO %1$s AS existing (id, user_id, expires_at, state)
      VALUES (?, ?, now() + ? * interval '1 millisecond', ?::jsonb)
      ON CONFLICT (id) DO UPDATE
      SET created_at = now(), last_active_at = now(), expires_at = excluded.expires_at,
          state = excluded.state, version = existing.version + 1
      WHERE existing.expires_at <= now() AND existing.user_id = excluded.user_id
      RETURNING %2$s
      """;

  private static final String FIND =
      """
      SELECT %2$s FROM %1$s WHERE id = ? AND expires_at > now()
      """;

  private static final String LATEST_FOR_USER =
      """
      SELECT %2$s FROM %1$s
      WHERE user_id = ? AND user_id <> '' AND expires_at > now() AND starts_with(id, ?)
      ORDER BY last_active_at DESC, created_at DESC
      LIMIT 1
      """;

  private static final String TOUCH =
      """
      UPDATE %1$s
      SET last_active_at = greatest(last_active_at, now()),
          expires_at = greatest(expires_at, now() + ? * interval '1 millisecond')
      WHERE id = ? AND expires_at > now()
      """;

  private static final String DELETE =
      """
      DELETE FROM %1$s WHERE id = ? RETURNING expires_at > now()
      """;

  private static final String LIST =
      """
      SELECT %2$s FROM %1$s WHERE id > ? AND expires_at > now() ORDER BY id LIMIT ?
      """;

  private static final String MERGE_STATE =
      """
      UPDATE %1$s
      SET state = CASE jsonb_typeof(state) WHEN 'object' THEN state ELSE '{}' END || ?::jsonb,
          version = version + 1
      WHERE id = ? AND expires_at > now()
      """;

  private static final String DELETE_EXPIRED =
      """
      WITH expired AS MATERIALIZED (
        SELECT id FROM %1$s WHERE expires_bucket <= now() AND expires_at <= now()
        LIMIT ? FOR UPDATE SKIP LOCKED)
      DELETE FROM %1$s AS session USING expired WHERE session.id = expired.id
      """;

  private static final String CHECK =
      """
      SELECT %2$s FROM %1$s LIMIT 0
      """;

  private final DataSource dataSource;
  private final SessionTable table;
  private final Duration timeToLive;

  /** The statements as they are sent, by their templates. */
  private final Map<String, String> statements = new ConcurrentHashMap<>();

  private volatile boolean closed;

  /**
   * @param dataSource gives connections with autocommit on, or connections of the caller's
   *     transaction
   * @param table where the sessions are; {@link PostgresSchema} makes it
   * @param timeToLive how long a session lives after its creation or its last touch; positive
   */
  public PostgresSessionStore(DataSource dataSource, SessionTable table, Duration timeToLive) {
    this.dataSource = requireNonNull(dataSource, "dataSource");
    this.table = requireNonNull(table, "table");
    this.timeToLive = requireNonNull(timeToLive, "timeToLive");
  }

  @Override
  public Session create(String id, String userId, JsonObject state) {
    SessionIds.requireValid(id);
    requireNonNull(userId, "userId");
    SessionState.requireStorable(state);
    return execute(
            "create",
            CREATE,
            statement -> {
              statement.setString(1, id);
              statement.setString(2, userId);
              statement.setLong(3, timeToLive.toMillis());
              statement.setString(4, state.toString());
              return sessions(statement).stream().findFirst();
            })
        .orElseThrow(() -> new SessionConflictException(id));
  }

  @Override
  public Optional<Session> find(String id) {
    SessionIds.requireValid(id);
    return execute(
        "find",
        FIND,
        statement -> {
          statement.setString(1, id);
          return sessions(statement).stream().findFirst();
        });
  }

  @Override
  public Optional<Session> latestForUser(String userId, String idPrefix) {
    requireNonNull(userId, "userId");
    requireNonNull(idPrefix, "idPrefix");
    return execute(
        "latestForUser",
        LATEST_FOR_USER,
        statement -> {
          statement.setString(1, userId);
          statement.setString(2, idPrefix);
          return sessions(statement).stream().findFirst();
        });
  }

  @Override
  public boolean touch(String id) {
    SessionIds.requireValid(id);
    return execute(
        "touch",
        TOUCH,
        statement -> {
          statement.setLong(1, timeToLive.toMillis());
          statement.setString(2, id);
          return statement.executeUpdate() == 1;
        });
  }

  @Override
  public boolean delete(String id) {
    SessionIds.requireValid(id);
    return execute(
        "delete",
        DELETE,
        statement -> {
          statement.setString(1, id);
          try (ResultSet deleted = statement.executeQuery()) {
            return deleted.next() && deleted.getBoolean(1);
          }
        });
  }

  @Override
  public SessionPage list(SessionPage.Request request) {
    return execute(
        "list",
        LIST,
        statement -> {
          statement.setString(1, request.afterId());
          statement.setInt(2, request.limit());
          return SessionPage.of(request, sessions(statement));
        });
  }

  @Override
  public boolean mergeState(String id, JsonObject changes) {
    SessionIds.requireValid(id);
    SessionState.requireStorable(changes);
    return execute(
        "mergeState",
        MERGE_STATE,
        statement -> {
          statement.setString(1, changes.toString());
          statement.setString(2, id);
          return statement.executeUpdate() == 1;
        });
  }

  @Override
  public int deleteExpired() {
    int total = 0;
    int deleted;
    do {
      deleted =
          execute(
              "deleteExpired",
              DELETE_EXPIRED,
              statement -> {
                statement.setInt(1, CLEANUP_BATCH);
                return statement.executeUpdate();
              });
      total += deleted;
    } while (deleted == CLEANUP_BATCH);
    return total;
  }

  @Override
  public void check() {
    execute("check", CHECK, PreparedStatement::execute);
  }

  @Override
  public void close() {
    closed = true;
  }

  private static List<Session> sessions(PreparedStatement statement) throws SQLException {
    List<Session> sessions = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        sessions.add(SessionTable.read(rows));
      }
    }
    return sessions;
  }

  private <T> T execute(String operation, String template, Work<T> work) {
    if (closed) {
      throw new IllegalStateException("The session store is closed");
    }
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement =
            connection.prepareStatement(statements.computeIfAbsent(template, this::complete))) {
      return work.apply(statement);
    } catch (SQLException failure) {
      String message =
          "Session operation %s failed: %s".formatted(operation, SqlFailures.describe(failure));
      throw SqlFailures.isPassing(failure)
          ? new SessionStoreUnavailableException(message, failure)
          : new SessionStoreException(message, failure);
    }
  }

  private String complete(String template) {
    return template.formatted(table.sqlName(), SessionTable.COLUMNS);
  }

  /** What is done with a statement. */
  @FunctionalInterface
  private interface Work<T> {
    T apply(PreparedStatement statement) throws SQLException;
  }
}
