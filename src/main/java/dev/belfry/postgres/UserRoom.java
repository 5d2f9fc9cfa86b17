package dev.belfry.postgres;

import dev.belfry.postgres.SessionAnnouncements.Kind;
import dev.belfry.postgres.SessionRows.Operation;
import dev.belfry.session.Session;
import dev.belfry.session.SessionLimitException;
import dev.belfry.session.SessionRules;
import dev.belfry.session.SessionRules.OnExcess;
import dev.belfry.session.SessionRules.UserLimit;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonBuilderFactory;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Room for one more live session of a user, where their number is limited. Thread-safe. */
final class UserRoom {

  private static final JsonBuilderFactory BUILDERS = Json.createBuilderFactory(Map.of());

  /** Those of a user that are too many if there is to be another, which does not count itself. */
  private static final String SELECT_EXCESS =
      """
      SELECT id FROM {sessions} WHERE user_id = ? AND id <> ? AND {live}
      ORDER BY last_active_at DESC, created_at DESC, id DESC OFFSET ?
      """;

  /** One of an array of ids, as JSON. */
  private static final String AMONG = "id IN (SELECT jsonb_array_elements_text(?::jsonb))";

  private final SessionRows rows;
  private final SessionRules rules;

  UserRoom(SessionRows rows) {
    this.rows = rows;
    this.rules = rows.rules();
  }

  /**
   * A session that is to be live.
   *
   * @param id its id
   * @param storedId what is stored of it
   */
  record Newcomer(String id, String storedId, String userId) {}

  /** How a session comes to be live. */
  interface Beginning {

    /** Whether it will: if not, nobody has to make room. */
    default boolean isPossible(Connection connection) throws SQLException {
      return true;
    }

    /**
     * Makes it live.
     *
     * @return empty if that is not possible any more
     */
    Optional<Session> begin(Connection connection) throws SQLException;
  }

  /** Whether there may be no room. */
  boolean isLimited(Newcomer newcomer) {
    return rules.userLimit().isPresent() && !newcomer.userId().isEmpty();
  }

  /**
   * Lets a session begin, and ends others of its user that are too many, all of it or nothing.
   *
   * @throws SessionLimitException if the rule is to refuse it; before anything is written, because
   *     a caller's transaction may go on
   */
  Optional<Session> admit(Operation operation, Newcomer newcomer, Beginning beginning) {
    return isLimited(newcomer)
        ? admitLimited(operation, newcomer, beginning, rules.userLimit().orElseThrow())
        : rows.connected(operation, beginning::begin);
  }

  private Optional<Session> admitLimited(
      Operation operation, Newcomer newcomer, Beginning beginning, UserLimit limit) {
    List<String> evicted = new ArrayList<>();
    Optional<Session> session =
        rows.together(
            operation,
            connection -> {
              evicted.clear();
              rows.lockUser(connection, newcomer.userId());
              if (!beginning.isPossible(connection)) {
                return Optional.empty();
              }
              JsonArray excess = excess(connection, newcomer, limit);
              Optional<Session> begun = beginning.begin(connection);
              if (begun.isPresent() && !excess.isEmpty()) {
                evicted.addAll(rows.end(connection, AMONG, List.of(excess.toString())));
              }
              return begun;
            });
    rows.changed(Kind.DELETED, evicted);
    return session;
  }

  private JsonArray excess(Connection connection, Newcomer newcomer, UserLimit limit)
      throws SQLException {
    JsonArray excess =
        rows.execute(
            connection,
            rows.sql(SELECT_EXCESS),
            statement -> {
              statement.setString(1, newcomer.userId());
              statement.setString(2, newcomer.storedId());
              statement.setInt(3, limit.sessions() - 1);
              return BUILDERS.createArrayBuilder(SessionRows.strings(statement)).build();
            });
    if (!excess.isEmpty() && limit.onExcess() == OnExcess.REFUSE) {
      throw new SessionLimitException(newcomer.id(), limit.sessions());
    }
    return excess;
  }
}
