package dev.belfry.postgres;

import static java.util.Objects.requireNonNull;

import dev.belfry.postgres.SessionAnnouncements.Kind;
import dev.belfry.postgres.SessionRows.Operation;
import dev.belfry.postgres.StateUpdates.Update;
import dev.belfry.session.Session;
import dev.belfry.session.SessionIds;
import dev.belfry.session.SessionStates;
import dev.belfry.session.StateChange;
import dev.belfry.session.VersionConflictException;
import jakarta.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Changes of states, each of them atomic among all who write the row. */
final class PostgresSessionStates implements SessionStates {

  private static final int ATTEMPTS = 20;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private static final String FIND =
      """
      SELECT {columns} FROM {sessions} WHERE id = ? AND {live}
      """;

  private static final String COMPARE_AND_SET =
      """
      WITH told AS (
        UPDATE {sessions} SET state = ?::jsonb, version = version + 1
        WHERE id = ? AND version = ? AND {live}
        RETURNING {columns})
      {announcement}
      SELECT * FROM told
      """;

  /** The original changes the state and does not count. */
  private static final String REPLACE =
      COMPARE_AND_SET.replace("AND {live}", "AND state = ?::jsonb AND {live}");

  private final SessionRows rows;
  private final SessionCodec codec;
  private final StateUpdates updates;
  private final Function<Update, Optional<Session>> update;

  PostgresSessionStates(SessionRows rows) {
    this.rows = rows;
    this.codec = rows.codec();
    this.updates = new StateUpdates(rows);
    this.update = rows.merged(updates::updateAll);
  }

  @Override
  public Optional<Session> apply(String id, List<StateChange> changes) {
    if (changes.isEmpty()) {
      throw new IllegalArgumentException("There is no change to apply");
    }
    return codec
        .lookupId(SessionIds.requireValid(id))
        .flatMap(
            storedId ->
                SessionRows.about(
                    id, () -> update.apply(new Update(id, storedId, List.copyOf(changes)))));
  }

  /** Does what other roles cannot do in SQL. */
  StateUpdates updates() {
    return updates;
  }

  @Override
  public Optional<Session> compareAndSet(String id, long version, JsonObject state) {
    Optional<String> storedId = codec.lookupId(SessionIds.requireValid(id));
    rows.requireStorable(id, state);
    if (storedId.isEmpty()) {
      return Optional.empty();
    }
    Optional<Session> changed =
        rows.execute(
            Operation.on("compareAndSet", id),
            rows.sql(COMPARE_AND_SET, Kind.CHANGED),
            statement -> {
              statement.setString(1, codec.encode(storedId.get(), state));
              statement.setString(2, storedId.get());
              statement.setLong(3, version);
              return rows.session(statement, id);
            });
    changed.ifPresent(session -> rows.changed(Kind.CHANGED, List.of(storedId.get())));
    if (changed.isEmpty()) {
      read(id, storedId.get())
          .ifPresent(
              actual -> {
                throw new VersionConflictException(
                    id,
                    "its version is %d and not %d".formatted(actual.session().version(), version));
              });
    }
    return changed;
  }

  @Override
  public Optional<Session> update(String id, UnaryOperator<JsonObject> change) {
    requireNonNull(change, "change");
    Optional<String> storedId = codec.lookupId(SessionIds.requireValid(id));
    if (storedId.isEmpty()) {
      return Optional.empty();
    }
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      Optional<Read> before = read(id, storedId.get());
      if (before.isEmpty()) {
        return Optional.empty();
      }
      Optional<Session> after = replace(before.get(), storedId.get(), change);
      if (after.isPresent()) {
        rows.changed(Kind.CHANGED, List.of(storedId.get()));
        return after;
      }
      // Longer each time and at random, so that those who compete do not meet again.
      LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(attempt * PAUSE_NANOS));
    }
    throw new VersionConflictException(id, ATTEMPTS + " times in a row");
  }

  private Optional<Session> replace(
      Read before, String storedId, UnaryOperator<JsonObject> change) {
    Session session = before.session();
    JsonObject state = requireNonNull(change.apply(session.state()), "the changed state");
    rows.requireStorable(session.id(), state);
    return rows.execute(
        Operation.on("update", session.id()),
        rows.sql(REPLACE, Kind.CHANGED),
        statement -> {
          statement.setString(1, codec.encode(storedId, state));
          statement.setString(2, storedId);
          statement.setLong(3, session.version());
          statement.setString(4, before.stored());
          return rows.session(statement, session.id());
        });
  }

  /** Not from memory: what is changed must be what is stored. */
  private Optional<Read> read(String id, String storedId) {
    return rows.execute(
        Operation.on("find", id),
        rows.sql(FIND),
        statement -> {
          statement.setString(1, storedId);
          try (var row = statement.executeQuery()) {
            return row.next()
                ? Optional.of(new Read(rows.read(row, id), row.getString("state")))
                : Optional.empty();
          }
        });
  }

  /**
   * A session and what is stored of its state.
   *
   * @param stored JSON
   */
  private record Read(Session session, String stored) {}
}
