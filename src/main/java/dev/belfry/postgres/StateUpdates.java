package dev.belfry.postgres;

import dev.belfry.postgres.SessionAnnouncements.Kind;
import dev.belfry.postgres.SessionRows.Operation;
import dev.belfry.session.Session;
import dev.belfry.session.SessionStoreException;
import dev.belfry.session.StateChange;
import jakarta.json.JsonObject;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Changes of states that SQL could not make: the rows are locked, the states are changed here, and
 * all is written in one statement, for any number of changes of any sessions. Thread-safe.
 */
final class StateUpdates {

  /** In the order of the ids, so that two who change the same sessions do not block each other. */
  private static final String LOCK =
      """
      SELECT {columns} FROM {sessions} WHERE id = ANY (?) AND {live} AND {lock timeout}
      ORDER BY id FOR NO KEY UPDATE
      """;

  /**
   * What was negotiated never changes, but has to be encrypted again once the key is another; what
   * is told of it is null where nothing is encrypted.
   */
  private static final String WRITE =
      """
      WITH change AS (
        SELECT * FROM unnest(?::text[], ?::jsonb[], ?::bigint[], ?::jsonb[])
          AS change (change_id, changed, reached, encrypted)),
      told AS (
        UPDATE {sessions} SET state = changed, version = reached,
          negotiated = CASE negotiated #>> '{$belfry,key}' WHEN ? THEN negotiated
            ELSE coalesce(encrypted, negotiated) END
        FROM change WHERE id = change_id
        RETURNING id)
      {announcement}
      SELECT id FROM told
      """;

  private final SessionRows rows;

  StateUpdates(SessionRows rows) {
    this.rows = rows;
  }

  /**
   * What is to be done to a session.
   *
   * @param id of the session
   * @param storedId what is stored of it
   */
  record Update(String id, String storedId, List<StateChange> changes) {}

  /**
   * Gives each session as it is after its update, if it is live, see {@link SessionRows.Batches}.
   */
  List<Outcome<Optional<Session>>> updateAll(List<Update> updates, String lockTimeout) {
    String one = updates.size() == 1 ? updates.get(0).id() : "";
    List<Outcome<Optional<Session>>> outcomes = new ArrayList<>();
    List<String> written = new ArrayList<>();
    rows.together(
        Operation.on("apply", one),
        connection -> {
          outcomes.clear();
          Map<String, Outcome<Optional<Session>>> sessions = lock(connection, updates, lockTimeout);
          Map<String, Session> changed = new HashMap<>();
          updates.forEach(update -> outcomes.add(update(update, sessions, changed)));
          written.addAll(changed.isEmpty() ? List.of() : write(connection, changed));
          return written;
        });
    rows.changed(Kind.CHANGED, written);
    return outcomes;
  }

  private Map<String, Outcome<Optional<Session>>> lock(
      Connection connection, List<Update> updates, String lockTimeout) throws SQLException {
    return rows.execute(
        connection,
        rows.sql(LOCK),
        statement -> {
          Object[] ids = updates.stream().map(Update::storedId).distinct().toArray();
          statement.setArray(1, connection.createArrayOf("text", ids));
          statement.setString(2, lockTimeout);
          Map<String, Outcome<Optional<Session>>> sessions = new HashMap<>();
          try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
              sessions.put(row.getString("id"), rows.outcome(row));
            }
          }
          return sessions;
        });
  }

  /** Each update is of the state that the one before it has made. */
  private Outcome<Optional<Session>> update(
      Update update,
      Map<String, Outcome<Optional<Session>>> sessions,
      Map<String, Session> changed) {
    Outcome<Optional<Session>> locked = sessions.get(update.storedId());
    if (locked == null) {
      return new Outcome.Answer<>(Optional.empty());
    }
    try {
      Session before = locked.get().orElseThrow();
      JsonObject state = before.state();
      for (StateChange change : update.changes()) {
        state = change.applyTo(state);
      }
      rows.requireStorable(update.id(), state);
      Session after = before.changedTo(state);
      sessions.put(update.storedId(), new Outcome.Answer<>(Optional.of(after)));
      changed.put(update.storedId(), after);
      return new Outcome.Answer<>(Optional.of(after.withId(update.id())));
    } catch (SessionStoreException | IllegalArgumentException unfit) {
      return new Outcome.Failure<>(unfit);
    }
  }

  private List<String> write(Connection connection, Map<String, Session> changed)
      throws SQLException {
    return rows.execute(
        connection,
        rows.sql(WRITE, Kind.CHANGED),
        statement -> {
          List<String> ids = List.copyOf(changed.keySet());
          Object[] states =
              ids.stream().map(id -> rows.codec().encode(id, changed.get(id).state())).toArray();
          Object[] versions = ids.stream().map(id -> changed.get(id).version()).toArray();
          statement.setArray(1, connection.createArrayOf("text", ids.toArray()));
          statement.setArray(2, connection.createArrayOf("text", states));
          statement.setArray(3, connection.createArrayOf("int8", versions));
          statement.setArray(4, connection.createArrayOf("text", encrypted(ids, changed)));
          statement.setString(5, rows.codec().keyName().orElse(""));
          return SessionRows.strings(statement);
        });
  }

  private Object[] encrypted(List<String> ids, Map<String, Session> changed) {
    SessionCodec codec = rows.codec();
    return ids.stream()
        .map(
            id ->
                codec.encrypts() ? codec.encodeNegotiated(id, changed.get(id).negotiated()) : null)
        .toArray();
  }
}
