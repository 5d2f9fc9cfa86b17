package dev.belfry.postgres;

import dev.belfry.postgres.SessionAnnouncements.Kind;
import dev.belfry.postgres.SessionRows.Operation;
import dev.belfry.postgres.StateUpdates.Update;
import dev.belfry.session.Session;
import dev.belfry.session.StateChange;
import jakarta.json.Json;
import jakarta.json.JsonBuilderFactory;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Shallow merges of states that SQL can look into: any number of them, of any sessions, in one
 * statement. Thread-safe.
 */
final class StateMerges {

  private static final JsonBuilderFactory BUILDERS = Json.createBuilderFactory(Map.of());

  /** In place of a size: what is encrypted, or looks so, is nothing to merge into here. */
  private static final int ENCRYPTED = -1;

  /**
   * In the order of the ids, so that two who change the same sessions do not block each other. The
   * arrays are given, not known to the planner: the plan is the same for any number, and made once.
   */
  private static final String MERGE =
      """
      WITH given AS MATERIALIZED (
        SELECT ?::text[] AS ids, ?::jsonb[] AS members, ?::int[] AS merges),
      change AS MATERIALIZED (
        SELECT change.* FROM given,
          unnest(given.ids, given.members, given.merges) AS change (change_id, members, merges)
        WHERE {lock timeout}),
      target AS MATERIALIZED (
        SELECT change_id, merges, jsonb_exists(state, '$belfry') AS encrypted,
          CASE jsonb_typeof(state) WHEN 'object' THEN state ELSE '{}' END || members AS merged
        FROM {sessions} AS session JOIN change ON id = change_id WHERE {live}
        ORDER BY id FOR NO KEY UPDATE OF session),
      measured AS MATERIALIZED (
        SELECT change_id, merges, merged,
          CASE WHEN encrypted THEN %d ELSE octet_length(merged::text) END AS bytes
        FROM target),
      told AS (
        UPDATE {sessions} SET state = merged, version = version + merges
        FROM measured WHERE id = change_id AND bytes BETWEEN 0 AND ?
        RETURNING id)
      {announcement}
      SELECT change_id, bytes FROM measured
      """
          .formatted(ENCRYPTED);

  private final SessionRows rows;
  private final StateUpdates updates;

  /**
   * @param updates do what cannot be done in SQL
   */
  StateMerges(SessionRows rows, StateUpdates updates) {
    this.rows = rows;
    this.updates = updates;
  }

  /**
   * A merge.
   *
   * @param id of the session
   * @param storedId what is stored of it
   */
  record Merge(String id, String storedId, JsonObject members) {}

  /** Tells of each merge whether there was a live session, see {@link SessionRows.Batches}. */
  List<Outcome<Boolean>> mergeAll(List<Merge> merges, String lockTimeout) {
    Map<String, List<Merge>> bySession = new LinkedHashMap<>();
    merges.forEach(
        merge -> bySession.computeIfAbsent(merge.storedId(), id -> new ArrayList<>()).add(merge));
    Map<String, Long> sizes = execute(bySession, lockTimeout);
    return merges.stream()
        .map(merge -> outcome(merge, sizes.get(merge.storedId()), lockTimeout))
        .toList();
  }

  /**
   * @param bytes of the merged state, as PostgreSQL writes it; null if there is no live session
   */
  private Outcome<Boolean> outcome(Merge merge, Long bytes, String lockTimeout) {
    if (bytes == null) {
      return new Outcome.Answer<>(false);
    }
    if (bytes >= 0 && bytes <= rows.rules().maxStateBytes()) {
      return new Outcome.Answer<>(true);
    }
    // PostgreSQL writes more than needs be, and one of several may be too large without the others.
    // What is written by now stays: whatever fails here is this one's failure alone.
    Update update =
        new Update(merge.id(), merge.storedId(), List.of(StateChange.merge(merge.members())));
    Outcome<Optional<Session>> updated =
        new IsolatedFailures<Update, Optional<Session>>(
                alone -> updates.updateAll(alone, lockTimeout))
            .execute(List.of(update))
            .get(0);
    if (updated instanceof Outcome.Answer<Optional<Session>> answer) {
      return new Outcome.Answer<>(answer.value().isPresent());
    }
    return updated instanceof Outcome.Failure<Optional<Session>> failure
        ? new Outcome.Failure<>(failure.reason())
        : new Outcome.Fatal<>(((Outcome.Fatal<Optional<Session>>) updated).reason());
  }

  /** Gives the sizes of the states of the sessions that are live, if merged. */
  private Map<String, Long> execute(Map<String, List<Merge>> bySession, String lockTimeout) {
    String one = bySession.size() == 1 ? bySession.values().iterator().next().get(0).id() : "";
    Map<String, Long> sizes =
        rows.connected(
            Operation.on("mergeState", one),
            connection ->
                rows.execute(
                    connection,
                    rows.sql(MERGE, Kind.CHANGED),
                    statement -> {
                      bind(connection, statement, bySession, lockTimeout);
                      return sizes(statement);
                    }));
    rows.changed(Kind.CHANGED, List.copyOf(sizes.keySet()));
    return sizes;
  }

  private void bind(
      Connection connection,
      PreparedStatement statement,
      Map<String, List<Merge>> bySession,
      String lockTimeout)
      throws SQLException {
    statement.setArray(1, connection.createArrayOf("text", bySession.keySet().toArray()));
    statement.setArray(
        2,
        connection.createArrayOf(
            "text", bySession.values().stream().map(StateMerges::combined).toArray()));
    statement.setArray(
        3, connection.createArrayOf("int4", bySession.values().stream().map(List::size).toArray()));
    statement.setString(4, lockTimeout);
    statement.setInt(5, rows.rules().maxStateBytes());
  }

  // One shallow merge after the other is the same as one of them all, the later ones prevailing.
  private static String combined(List<Merge> merges) {
    if (merges.size() == 1) {
      return merges.get(0).members().toString();
    }
    JsonObjectBuilder all = BUILDERS.createObjectBuilder();
    merges.forEach(merge -> merge.members().forEach(all::add));
    return all.build().toString();
  }

  private static Map<String, Long> sizes(PreparedStatement statement) throws SQLException {
    Map<String, Long> sizes = new HashMap<>();
    try (ResultSet targets = statement.executeQuery()) {
      while (targets.next()) {
        sizes.put(targets.getString(1), targets.getLong(2));
      }
    }
    return sizes;
  }
}
