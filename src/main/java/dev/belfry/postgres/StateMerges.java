package dev.belfry.postgres;

import dev.belfry.postgres.SessionAnnouncements.Kind;
import dev.belfry.postgres.SessionRows.Operation;
import dev.belfry.session.StateTooLargeException;
import dev.belfry.session.UnreadableStateException;
import jakarta.json.Json;
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

/**
 * Shallow merges of states that SQL can look into: any number of them, of any sessions, in one
 * statement. Thread-safe.
 */
final class StateMerges {

  /** In place of a size: nothing can be merged into it here. */
  private static final int ENCRYPTED = -1;

  /** In the order of the ids, so that two who change the same sessions do not block each other. */
  private static final String MERGE =
      """
      WITH change AS (
        SELECT * FROM unnest(?::text[], ?::jsonb[], ?::int[]) AS change (change_id, members, merges)),
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

  StateMerges(SessionRows rows) {
    this.rows = rows;
  }

  /**
   * A merge.
   *
   * @param id of the session
   * @param storedId what is stored of it
   */
  record Merge(String id, String storedId, JsonObject members) {}

  /** Tells of each merge whether there was a live session. */
  List<Outcome<Boolean>> mergeAll(List<Merge> merges) {
    Map<String, List<Merge>> bySession = new LinkedHashMap<>();
    merges.forEach(
        merge -> bySession.computeIfAbsent(merge.storedId(), id -> new ArrayList<>()).add(merge));
    Map<String, Long> sizes = execute(bySession);
    return merges.stream()
        .map(merge -> outcome(merge, bySession.get(merge.storedId()), sizes))
        .toList();
  }

  private Outcome<Boolean> outcome(Merge merge, List<Merge> together, Map<String, Long> sizes) {
    Long bytes = sizes.get(merge.storedId());
    int limit = rows.rules().maxStateBytes();
    if (bytes == null) {
      return new Outcome.Answer<>(false);
    }
    if (bytes == ENCRYPTED) {
      return new Outcome.Failure<>(
          new UnreadableStateException(
              merge.id(),
              "JSON",
              new DecryptionException(
                  "it is encrypted, and belfry.session.encryption-keys is empty")));
    }
    if (bytes <= limit) {
      return new Outcome.Answer<>(true);
    }
    return together.size() == 1
        ? new Outcome.Failure<>(new StateTooLargeException(merge.id(), bytes, limit))
        : mergeAll(List.of(merge)).get(0); // Perhaps it is another one's fault.
  }

  /** Gives the sizes of the states of the sessions that are live, if merged. */
  private Map<String, Long> execute(Map<String, List<Merge>> bySession) {
    String one = bySession.size() == 1 ? bySession.values().iterator().next().get(0).id() : "";
    Map<String, Long> sizes =
        rows.connected(
            Operation.on("mergeState", one),
            connection ->
                rows.execute(
                    connection,
                    rows.sql(MERGE, Kind.CHANGED),
                    statement -> {
                      bind(connection, statement, bySession);
                      return sizes(statement);
                    }));
    rows.changed(Kind.CHANGED, List.copyOf(sizes.keySet()));
    return sizes;
  }

  private void bind(
      Connection connection, PreparedStatement statement, Map<String, List<Merge>> bySession)
      throws SQLException {
    statement.setArray(1, connection.createArrayOf("text", bySession.keySet().toArray()));
    statement.setArray(
        2,
        connection.createArrayOf(
            "text", bySession.values().stream().map(StateMerges::combined).toArray()));
    statement.setArray(
        3, connection.createArrayOf("int4", bySession.values().stream().map(List::size).toArray()));
    statement.setInt(4, rows.rules().maxStateBytes());
  }

  // One shallow merge after the other is the same as one of them all, the later ones prevailing.
  private static String combined(List<Merge> merges) {
    JsonObjectBuilder all = Json.createObjectBuilder();
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
