package dev.belfry.postgres;

import dev.belfry.postgres.SessionAnnouncements.Kind;
import dev.belfry.postgres.SessionRows.Operation;
import dev.belfry.postgres.UserRoom.Newcomer;
import dev.belfry.session.Session;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** How expired sessions come back. Thread-safe. */
final class SessionRevival {

  /**
   * Whether a row holds an expired session that its owner can have back: at this moment, and asked
   * again after a wait for a row that was changed, so that of several who revive it one does, and
   * nobody brings back what was deleted meanwhile.
   */
  private static final String REVIVABLE =
      """
      (NOT deleted AND expires_at <= clock_timestamp()
        AND expires_at > clock_timestamp() - ? * interval '1 millisecond'
        AND (not_after IS NULL OR not_after > clock_timestamp()))
      """;

  private static final String FIND =
      """
      SELECT {columns}, {live} AS live FROM {sessions}
      WHERE id = ? AND user_id = ? AND ({live} OR %s)
      """
          .formatted(REVIVABLE);

  private static final String IS_REVIVABLE =
      """
      SELECT id FROM {sessions} WHERE id = ? AND user_id = ? AND %s FOR NO KEY UPDATE
      """
          .formatted(REVIVABLE);

  /**
   * As a touch does it. Locks first: what is computed for an update is not computed again when it
   * has waited for somebody who has locked the row and not changed it.
   */
  private static final String REVIVE =
      """
      WITH target AS MATERIALIZED (
        SELECT id AS target_id FROM {sessions} WHERE id = ? AND user_id = ? AND %1$s
        FOR NO KEY UPDATE),
      told AS (
        UPDATE {sessions} SET ended_at = NULL,
          last_active_at = greatest(last_active_at, clock_timestamp()),
          expires_at = least(
            clock_timestamp() + coalesce(time_to_live, ? * interval '1 millisecond'), not_after)
        FROM target WHERE id = target_id AND %1$s
        RETURNING {columns})
      {announcement}
      SELECT * FROM told
      """
          .formatted(REVIVABLE);

  private final SessionRows rows;
  private final UserRoom room;

  SessionRevival(SessionRows rows, UserRoom room) {
    this.rows = rows;
    this.room = room;
  }

  /** A session that can be had. */
  private record Found(Session session, boolean live) {}

  Optional<Session> revive(Newcomer newcomer) {
    Operation operation = Operation.on("revive", newcomer.id());
    // Also sees to it that what cannot be read stays as it is.
    Optional<Found> found = find(operation, newcomer);
    if (found.isEmpty() || found.get().live()) {
      return found.map(Found::session);
    }
    Optional<Session> revived = room.admit(operation, newcomer, new Resumption(newcomer));
    if (revived.isPresent()) {
      rows.changed(Kind.REVIVED, List.of(newcomer.storedId()));
      return revived;
    }
    // Somebody else was first, or it was deleted, or its time was over just then.
    return find(operation, newcomer).filter(Found::live).map(Found::session);
  }

  private Optional<Found> find(Operation operation, Newcomer newcomer) {
    return rows.execute(
        operation,
        rows.sql(FIND),
        statement -> {
          bind(statement, newcomer);
          try (ResultSet row = statement.executeQuery()) {
            return row.next()
                ? Optional.of(new Found(rows.read(row, newcomer.id()), row.getBoolean("live")))
                : Optional.empty();
          }
        });
  }

  /** Binds the first three parameters of each statement. */
  private void bind(PreparedStatement statement, Newcomer newcomer) throws SQLException {
    statement.setString(1, newcomer.storedId());
    statement.setString(2, newcomer.userId());
    statement.setLong(3, rows.rules().reviveWindow().toMillis());
  }

  /** Makes an expired session live. */
  private final class Resumption implements UserRoom.Beginning {

    private final Newcomer newcomer;

    Resumption(Newcomer newcomer) {
      this.newcomer = newcomer;
    }

    /** Locks the row, so that it stays so. */
    @Override
    public boolean isPossible(Connection connection) throws SQLException {
      return rows.execute(
          connection,
          rows.sql(IS_REVIVABLE),
          statement -> {
            bind(statement, newcomer);
            return !SessionRows.strings(statement).isEmpty();
          });
    }

    @Override
    public Optional<Session> begin(Connection connection) throws SQLException {
      return rows.execute(
          connection,
          rows.sql(REVIVE, Kind.REVIVED),
          statement -> {
            bind(statement, newcomer);
            statement.setLong(4, rows.rules().lifetime().timeToLive().toMillis());
            statement.setLong(5, rows.rules().reviveWindow().toMillis());
            return rows.session(statement, newcomer.id());
          });
    }
  }
}
