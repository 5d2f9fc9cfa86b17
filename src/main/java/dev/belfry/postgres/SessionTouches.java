package dev.belfry.postgres;

import dev.belfry.postgres.SessionRows.Operation;
import dev.belfry.session.SessionStore.Touched;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** How sessions are kept alive: without a change to any index, and telling nobody. Thread-safe. */
final class SessionTouches {

  private static final int BATCH = 1_000;

  /** Where the session has no time to live of its own, it is the configured one. */
  private static final String PROLONGED =
      """
      last_active_at = greatest(last_active_at, statement_timestamp()),
      expires_at = greatest(expires_at, least(
        statement_timestamp() + coalesce(time_to_live, ? * interval '1 millisecond'), not_after))
      """;

  private static final String TOUCH =
      "UPDATE {sessions} SET " + PROLONGED + " WHERE id = ? AND {live}";

  /** In the order of the ids, so that two who touch the same sessions do not block each other. */
  private static final String TOUCH_ALL =
      """
      WITH found AS MATERIALIZED (
        SELECT id FROM {sessions} WHERE id = ANY (?) AND {live}),
      free AS MATERIALIZED (
        SELECT id AS free_id FROM {sessions} WHERE id = ANY (?) AND {live}
        ORDER BY id FOR NO KEY UPDATE SKIP LOCKED),
      touched AS (
        UPDATE {sessions} SET %s FROM free WHERE id = free_id RETURNING id)
      SELECT id, id IN (SELECT id FROM touched) FROM found
      """
          .formatted(PROLONGED);

  private final SessionRows rows;

  SessionTouches(SessionRows rows) {
    this.rows = rows;
  }

  boolean touch(String id) {
    Optional<String> storedId = rows.codec().lookupId(id);
    return storedId.isPresent()
        && rows.execute(
            Operation.on("touch", id),
            rows.sql(TOUCH),
            statement -> {
              statement.setLong(1, rows.rules().lifetime().timeToLive().toMillis());
              statement.setString(2, storedId.get());
              return statement.executeUpdate() == 1;
            });
  }

  Touched touchAll(Collection<String> ids) {
    Map<String, String> byStoredId = new HashMap<>();
    ids.forEach(id -> rows.codec().lookupId(id).ifPresent(stored -> byStoredId.put(stored, id)));
    Set<String> touched = new HashSet<>();
    Set<String> gone = new HashSet<>(ids);
    Iterator<String> left = byStoredId.keySet().iterator();
    while (left.hasNext()) {
      Set<String> batch = new HashSet<>();
      while (left.hasNext() && batch.size() < BATCH) {
        batch.add(left.next());
      }
      touchBatch(batch)
          .forEach(
              (storedId, isTouched) -> {
                String id = byStoredId.get(storedId);
                gone.remove(id);
                if (isTouched) {
                  touched.add(id);
                }
              });
    }
    return new Touched(touched, gone);
  }

  /** Tells of each live session whether it was touched, by its stored id. */
  private Map<String, Boolean> touchBatch(Set<String> storedIds) {
    return rows.connected(
        Operation.of("touchAll"),
        connection ->
            rows.execute(
                connection,
                rows.sql(TOUCH_ALL),
                statement -> touchBatch(connection, statement, storedIds)));
  }

  private Map<String, Boolean> touchBatch(
      Connection connection, PreparedStatement statement, Set<String> storedIds)
      throws SQLException {
    Array array = connection.createArrayOf("text", storedIds.toArray());
    statement.setArray(1, array);
    statement.setArray(2, array);
    statement.setLong(3, rows.rules().lifetime().timeToLive().toMillis());
    Map<String, Boolean> live = new HashMap<>();
    try (ResultSet found = statement.executeQuery()) {
      while (found.next()) {
        live.put(found.getString(1), found.getBoolean(2));
      }
    }
    return live;
  }
}
