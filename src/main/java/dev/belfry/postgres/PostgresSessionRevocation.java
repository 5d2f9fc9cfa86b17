package dev.belfry.postgres;

import dev.belfry.postgres.SessionAnnouncements.Kind;
import dev.belfry.postgres.SessionRows.Operation;
import dev.belfry.session.Session;
import dev.belfry.session.SessionConflictException;
import dev.belfry.session.SessionIds;
import dev.belfry.session.SessionRevocation;
import dev.belfry.session.StateRules;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** The end of sessions by order. */
final class PostgresSessionRevocation implements SessionRevocation {

  private static final String OF_USER = "user_id = ? AND user_id <> '' AND id <> ?";

  /** No id is empty. */
  private static final String NOBODY = "";

  private static final String OWNER =
      """
      SELECT user_id FROM {sessions} WHERE id = ? AND user_id <> ''
      """;

  private static final String LOCK =
      """
      SELECT {columns} FROM {sessions} WHERE id = ? AND {live} FOR UPDATE
      """;

  private static final String COPY =
      """
      WITH told AS (
        INSERT INTO {sessions} (id, user_id, created_at, last_active_at, expires_at, state, version,
          time_to_live, not_after, negotiated)
        SELECT ?, user_id, created_at, last_active_at, expires_at, ?::jsonb, version + 1,
          time_to_live, not_after, ?::jsonb
        FROM {sessions} WHERE id = ?
        ON CONFLICT DO NOTHING
        RETURNING {columns}, ? AS old_id)
      {announcement}
      SELECT * FROM told
      """;

  private static final String BURY =
      """
      UPDATE {sessions} SET {dead} WHERE id = ?
      """;

  private final SessionRows rows;

  PostgresSessionRevocation(SessionRows rows) {
    this.rows = rows;
  }

  @Override
  public int deleteAll(String userId) {
    StateRules.requireText("userId", userId);
    return end("deleteAll", userId, NOBODY);
  }

  @Override
  public int deleteAllExcept(String userId, String keptId) {
    StateRules.requireText("userId", userId);
    return end("deleteAllExcept", userId, rows.codec().storedId(SessionIds.requireValid(keptId)));
  }

  private int end(String operation, String userId, String keptStoredId) {
    List<String> ended =
        rows.together(
            Operation.of(operation),
            connection -> {
              rows.lockUser(connection, userId);
              return rows.end(connection, OF_USER, List.of(userId, keptStoredId));
            });
    rows.changed(Kind.DELETED, ended);
    return ended.size();
  }

  @Override
  public Optional<Session> rotate(String id, String newId) {
    SessionIds.requireValid(id);
    if (SessionIds.requireValid(newId).equals(id)) {
      throw new IllegalArgumentException("The new id must be another one than the old");
    }
    String newStoredId = rows.codec().newId(newId);
    return rows.codec().lookupId(id).flatMap(storedId -> rotate(id, storedId, newId, newStoredId));
  }

  private Optional<Session> rotate(String id, String storedId, String newId, String newStoredId) {
    Optional<Session> rotated =
        rows.together(
            Operation.on("rotate", id),
            connection -> {
              lockUser(connection, storedId);
              Optional<Session> old = lock(connection, storedId);
              if (old.isEmpty()) {
                return Optional.empty();
              }
              // Encrypted anew, because what is encrypted is bound to the id.
              String state = rows.codec().encode(newStoredId, old.get().state());
              String negotiated =
                  rows.codec().encodeNegotiated(newStoredId, old.get().negotiated());
              Optional<Session> copy =
                  rows.execute(
                      connection,
                      rows.sql(COPY, Kind.ROTATED),
                      statement -> {
                        SessionRows.bind(
                            statement, List.of(newStoredId, state, negotiated, storedId, storedId));
                        return rows.session(statement, newId);
                      });
              if (copy.isEmpty()) {
                throw new SessionConflictException(newId);
              }
              return bury(connection, storedId, copy);
            });
    rotated.ifPresent(session -> rows.changed(Kind.ROTATED, List.of(storedId)));
    return rotated;
  }

  /** The owner of a session stays the same. */
  private void lockUser(Connection connection, String storedId) throws SQLException {
    List<String> owners =
        rows.execute(
            connection,
            rows.sql(OWNER),
            statement -> {
              SessionRows.bind(statement, List.of(storedId));
              return SessionRows.strings(statement);
            });
    for (String owner : owners) {
      rows.lockUser(connection, owner);
    }
  }

  private Optional<Session> lock(Connection connection, String storedId) throws SQLException {
    return rows.execute(
        connection,
        rows.sql(LOCK),
        statement -> {
          SessionRows.bind(statement, List.of(storedId));
          return rows.session(statement, storedId);
        });
  }

  private Optional<Session> bury(Connection connection, String storedId, Optional<Session> copy)
      throws SQLException {
    rows.execute(
        connection,
        rows.sql(BURY),
        statement -> {
          SessionRows.bind(statement, List.of(storedId));
          return statement.executeUpdate();
        });
    return copy;
  }
}
