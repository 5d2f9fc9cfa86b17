package dev.belfry.postgres;

import dev.belfry.postgres.SessionAnnouncements.Kind;
import dev.belfry.postgres.SessionRows.Operation;
import dev.belfry.postgres.UserRoom.Newcomer;
import dev.belfry.session.Lifetime;
import dev.belfry.session.Session;
import dev.belfry.session.SessionConflictException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** How sessions begin. Thread-safe. */
final class SessionCreation {

  /** A lifetime that is not the configured one is the session's own. */
  private static final String CREATE =
      """
      WITH told AS (
        INSERT INTO {sessions} AS existing (id, user_id, created_at, last_active_at, expires_at, state,
          time_to_live, not_after, negotiated)
        VALUES (?, ?, statement_timestamp(), statement_timestamp(),
          statement_timestamp() + ? * interval '1 millisecond', ?::jsonb,
          ?::bigint * interval '1 millisecond',
          statement_timestamp() + ?::bigint * interval '1 millisecond', ?::jsonb)
        ON CONFLICT (id) DO UPDATE
        SET created_at = excluded.created_at, last_active_at = excluded.last_active_at, expires_at = excluded.expires_at,
            state = excluded.state, version = existing.version + 1,
            time_to_live = excluded.time_to_live, not_after = excluded.not_after, ended_at = NULL,
            negotiated = excluded.negotiated
        WHERE NOT {existing live} AND NOT existing.deleted AND existing.user_id = excluded.user_id
        RETURNING {columns})
      {announcement}
      SELECT * FROM told
      """;

  private final SessionRows rows;
  private final UserRoom room;

  SessionCreation(SessionRows rows, UserRoom room) {
    this.rows = rows;
    this.room = room;
  }

  /**
   * A session to be.
   *
   * @param newcomer whose it is, and under which id
   * @param state as it is to be stored
   * @param negotiated as it is to be stored
   */
  record Creation(Newcomer newcomer, String state, Lifetime lifetime, String negotiated) {}

  Session create(Creation creation) {
    Newcomer newcomer = creation.newcomer();
    Session session =
        room.admit(
                Operation.on("create", newcomer.id()),
                newcomer,
                connection -> insert(connection, creation))
            .orElseThrow(() -> new SessionConflictException(newcomer.id()));
    rows.changed(Kind.CREATED, List.of(newcomer.storedId()));
    return session;
  }

  private Optional<Session> insert(Connection connection, Creation creation) throws SQLException {
    return rows.execute(
        connection,
        rows.sql(CREATE, Kind.CREATED),
        statement -> {
          bind(statement, creation);
          return rows.session(statement, creation.newcomer().id());
        });
  }

  private void bind(PreparedStatement statement, Creation creation) throws SQLException {
    Lifetime lifetime = creation.lifetime();
    Optional<Duration> own =
        lifetime.equals(rows.rules().lifetime())
            ? Optional.empty()
            : Optional.of(lifetime.timeToLive());
    Duration first =
        lifetime
            .maximum()
            .filter(maximum -> maximum.compareTo(lifetime.timeToLive()) < 0)
            .orElse(lifetime.timeToLive());
    statement.setString(1, creation.newcomer().storedId());
    statement.setString(2, creation.newcomer().userId());
    statement.setLong(3, first.toMillis());
    statement.setString(4, creation.state());
    statement.setObject(5, own.map(Duration::toMillis).orElse(null));
    statement.setObject(6, lifetime.maximum().map(Duration::toMillis).orElse(null));
    statement.setString(7, creation.negotiated());
  }
}
