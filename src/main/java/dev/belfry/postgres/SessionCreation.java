package dev.belfry.postgres;

import dev.belfry.postgres.SessionAnnouncements.Kind;
import dev.belfry.postgres.SessionRows.Operation;
import dev.belfry.postgres.SessionRows.Stored;
import dev.belfry.postgres.UserRoom.Newcomer;
import dev.belfry.session.Lifetime;
import dev.belfry.session.Session;
import dev.belfry.session.SessionConflictException;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** How sessions begin: any number of them in one statement. Thread-safe. */
final class SessionCreation {

  /**
   * A lifetime that is not the configured one is the session's own. In the order of the ids, so
   * that two who create the same sessions do not block each other. The arrays are given, not known
   * to the planner: the plan is the same for any number, and made once.
   */
  private static final String CREATE =
      """
      WITH given AS MATERIALIZED (
        SELECT ?::text[] AS ids, ?::text[] AS users, ?::bigint[] AS first, ?::bigint[] AS own,
          ?::bigint[] AS maximum, %1$s AS states, %1$s AS negotiated),
      newcomer AS MATERIALIZED (
        SELECT newcomer.* FROM given, unnest(
          given.ids, given.users, given.first, given.own, given.maximum, given.states,
          given.negotiated)
          AS newcomer (id, user_id, first, own, maximum, state, negotiated)
        WHERE {lock timeout} ORDER BY id),
      told AS (
        INSERT INTO {sessions} AS existing (id, user_id, created_at, last_active_at, expires_at, state,
          time_to_live, not_after, negotiated)
        SELECT id, user_id, statement_timestamp(), statement_timestamp(),
          statement_timestamp() + first * interval '1 millisecond', state::jsonb,
          own * interval '1 millisecond',
          statement_timestamp() + maximum * interval '1 millisecond', negotiated::jsonb
        FROM newcomer
        ON CONFLICT (id) DO UPDATE
        SET created_at = excluded.created_at, last_active_at = excluded.last_active_at, expires_at = excluded.expires_at,
            state = excluded.state, version = existing.version + 1,
            time_to_live = excluded.time_to_live, not_after = excluded.not_after, ended_at = NULL,
            negotiated = excluded.negotiated
        WHERE NOT {existing live} AND NOT existing.deleted AND existing.user_id = excluded.user_id
        RETURNING {columns})
      {announcement}
      SELECT * FROM told
      """
          .formatted(JoinedJson.PARAMETER);

  private final SessionRows rows;
  private final UserRoom room;
  private final Function<Creation, Optional<Stored>> unlimited;

  SessionCreation(SessionRows rows, UserRoom room) {
    this.rows = rows;
    this.room = room;
    this.unlimited = rows.merged(this::createAll);
  }

  /**
   * A session to be.
   *
   * @param newcomer whose it is, and under which id
   * @param state as it is to be stored
   * @param negotiated as it is to be stored
   */
  record Creation(Newcomer newcomer, String state, Lifetime lifetime, String negotiated) {

    /** For how long it lives if nobody touches it. */
    private Duration first() {
      return lifetime
          .maximum()
          .filter(maximum -> maximum.compareTo(lifetime.timeToLive()) < 0)
          .orElse(lifetime.timeToLive());
    }
  }

  Session create(Creation creation) {
    String id = creation.newcomer().id();
    Optional<Session> created =
        room.isLimited(creation.newcomer())
            ? createLimited(creation)
            : SessionRows.about(id, () -> unlimited.apply(creation))
                .map(stored -> rows.session(stored, id));
    return created.orElseThrow(() -> new SessionConflictException(id));
  }

  private Optional<Session> createLimited(Creation creation) {
    Newcomer newcomer = creation.newcomer();
    Optional<Session> created =
        room.admit(
            Operation.on("create", newcomer.id()),
            newcomer,
            connection ->
                insert(connection, List.of(creation), "").values().stream()
                    .map(stored -> rows.session(stored, newcomer.id()))
                    .findFirst());
    changed(created.stream().map(session -> newcomer.storedId()).toList());
    return created;
  }

  /** Gives the sessions that are new, see {@link SessionRows.Batches}. */
  private List<Outcome<Optional<Stored>>> createAll(List<Creation> creations, String lockTimeout) {
    Map<String, Creation> firsts = new LinkedHashMap<>();
    List<Creation> repeated =
        creations.stream()
            .filter(
                creation -> firsts.putIfAbsent(creation.newcomer().storedId(), creation) != null)
            .toList();
    String one = creations.size() == 1 ? creations.get(0).newcomer().id() : "";
    Map<String, Stored> created =
        rows.connected(
            Operation.on("create", one),
            connection -> insert(connection, List.copyOf(firsts.values()), lockTimeout));
    changed(List.copyOf(created.keySet()));
    // One statement cannot make the same session twice. What is made by now stays.
    Iterator<Outcome<Optional<Stored>>> others =
        repeated.isEmpty()
            ? Collections.emptyIterator()
            : new IsolatedFailures<Creation, Optional<Stored>>(
                    again -> createAll(again, lockTimeout))
                .execute(repeated)
                .iterator();
    List<Outcome<Optional<Stored>>> outcomes = new ArrayList<>();
    for (Creation creation : creations) {
      String storedId = creation.newcomer().storedId();
      outcomes.add(
          firsts.remove(storedId) == null
              ? others.next()
              : new Outcome.Answer<>(Optional.ofNullable(created.get(storedId))));
    }
    return outcomes;
  }

  private void changed(List<String> storedIds) {
    rows.changed(Kind.CREATED, storedIds);
  }

  private Map<String, Stored> insert(
      Connection connection, List<Creation> creations, String lockTimeout) throws SQLException {
    return rows.execute(
        connection,
        rows.sql(CREATE, Kind.CREATED),
        statement -> {
          bind(connection, statement, creations);
          statement.setString(8, lockTimeout);
          return rows.stored(statement);
        });
  }

  private void bind(Connection connection, PreparedStatement statement, List<Creation> creations)
      throws SQLException {
    Lifetime configured = rows.rules().lifetime();
    statement.setArray(1, array(connection, "text", creations, it -> it.newcomer().storedId()));
    statement.setArray(2, array(connection, "text", creations, it -> it.newcomer().userId()));
    statement.setArray(3, array(connection, "int8", creations, it -> it.first().toMillis()));
    statement.setArray(
        4,
        array(
            connection,
            "int8",
            creations,
            it -> it.lifetime().equals(configured) ? null : it.lifetime().timeToLive().toMillis()));
    statement.setArray(
        5,
        array(
            connection,
            "int8",
            creations,
            it -> it.lifetime().maximum().map(Duration::toMillis).orElse(null)));
    statement.setString(6, JoinedJson.of(creations, Creation::state));
    statement.setString(7, JoinedJson.of(creations, Creation::negotiated));
  }

  private static Array array(
      Connection connection,
      String type,
      List<Creation> creations,
      Function<Creation, Object> column)
      throws SQLException {
    return connection.createArrayOf(type, creations.stream().map(column).toArray());
  }
}
