package dev.belfry.postgres;

import dev.belfry.postgres.SessionAnnouncements.Kind;
import dev.belfry.postgres.SessionRows.Operation;
import dev.belfry.session.Lifetime;
import dev.belfry.session.Session;
import dev.belfry.session.SessionConflictException;
import dev.belfry.session.SessionLimitException;
import dev.belfry.session.SessionRules;
import dev.belfry.session.SessionRules.OnExcess;
import dev.belfry.session.SessionRules.UserLimit;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How sessions begin. Thread-safe. */
final class SessionCreation {

  /** A lifetime that is not the configured one is the session's own. */
  private static final String CREATE =
      """
      WITH told AS (
        INSERT INTO {sessions} AS existing (id, user_id, created_at, last_active_at, expires_at, state,
          time_to_live, not_after)
        VALUES (?, ?, statement_timestamp(), statement_timestamp(),
          statement_timestamp() + ? * interval '1 millisecond', ?::jsonb,
          ?::bigint * interval '1 millisecond',
          statement_timestamp() + ?::bigint * interval '1 millisecond')
        ON CONFLICT (id) DO UPDATE
        SET created_at = excluded.created_at, last_active_at = excluded.last_active_at, expires_at = excluded.expires_at,
            state = excluded.state, version = existing.version + 1,
            time_to_live = excluded.time_to_live, not_after = excluded.not_after, ended_at = NULL
        WHERE NOT {existing live} AND NOT existing.deleted AND existing.user_id = excluded.user_id
        RETURNING {columns})
      {announcement}
      SELECT * FROM told
      """;

  /** Those of a user that are too many if there is to be another, which is not yet there. */
  private static final String SELECT_EXCESS =
      """
      SELECT id FROM {sessions} WHERE user_id = ? AND {live}
      ORDER BY last_active_at DESC, created_at DESC, id DESC OFFSET ?
      """;

  /** One of an array of ids, as JSON. */
  private static final String AMONG = "id IN (SELECT jsonb_array_elements_text(?::jsonb))";

  private final SessionRows rows;
  private final SessionRules rules;

  SessionCreation(SessionRows rows) {
    this.rows = rows;
    this.rules = rows.rules();
  }

  /**
   * A session to be.
   *
   * @param id its id
   * @param storedId what is stored of it
   * @param state as it is to be stored
   */
  record Creation(String id, String storedId, String userId, String state, Lifetime lifetime) {}

  Session create(Creation creation) {
    Operation operation = Operation.on("create", creation.id());
    Session session =
        rules
            .userLimit()
            .filter(limit -> !creation.userId().isEmpty())
            .map(limit -> createLimited(operation, creation, limit))
            .orElseGet(() -> rows.connected(operation, connection -> insert(connection, creation)));
    rows.changed(Kind.CREATED, List.of(creation.storedId()));
    return session;
  }

  private Session createLimited(Operation operation, Creation creation, UserLimit limit) {
    List<String> evicted = new ArrayList<>();
    Session session =
        rows.together(
            operation,
            connection -> {
              evicted.clear();
              JsonArray excess = excess(connection, creation.userId(), limit.sessions());
              if (!excess.isEmpty() && limit.onExcess() == OnExcess.REFUSE) {
                throw new SessionLimitException(creation.id(), limit.sessions());
              }
              Session inserted = insert(connection, creation);
              if (!excess.isEmpty()) {
                evicted.addAll(rows.end(connection, AMONG, List.of(excess.toString())));
              }
              return inserted;
            });
    rows.changed(Kind.DELETED, evicted);
    return session;
  }

  private JsonArray excess(Connection connection, String userId, int limit) throws SQLException {
    rows.lockUser(connection, userId);
    return rows.execute(
        connection,
        rows.sql(SELECT_EXCESS),
        statement -> {
          statement.setString(1, userId);
          statement.setInt(2, limit - 1);
          return Json.createArrayBuilder(SessionRows.strings(statement)).build();
        });
  }

  private Session insert(Connection connection, Creation creation) throws SQLException {
    return rows.execute(
            connection,
            rows.sql(CREATE, Kind.CREATED),
            statement -> {
              bind(statement, creation);
              return rows.session(statement, creation.id());
            })
        .orElseThrow(() -> new SessionConflictException(creation.id()));
  }

  private void bind(PreparedStatement statement, Creation creation) throws SQLException {
    Lifetime lifetime = creation.lifetime();
    Optional<Duration> own =
        lifetime.equals(rules.lifetime()) ? Optional.empty() : Optional.of(lifetime.timeToLive());
    Duration first =
        lifetime
            .maximum()
            .filter(maximum -> maximum.compareTo(lifetime.timeToLive()) < 0)
            .orElse(lifetime.timeToLive());
    statement.setString(1, creation.storedId());
    statement.setString(2, creation.userId());
    statement.setLong(3, first.toMillis());
    statement.setString(4, creation.state());
    statement.setObject(5, own.map(Duration::toMillis).orElse(null));
    statement.setObject(6, lifetime.maximum().map(Duration::toMillis).orElse(null));
  }
}
