package dev.belfry.postgres;

import static java.util.Objects.requireNonNull;

import dev.belfry.postgres.SessionCreation.Creation;
import dev.belfry.postgres.SessionRows.Operation;
import dev.belfry.postgres.SessionRows.Stored;
import dev.belfry.postgres.StateMerges.Merge;
import dev.belfry.postgres.UserRoom.Newcomer;
import dev.belfry.session.Lifetime;
import dev.belfry.session.Session;
import dev.belfry.session.SessionIds;
import dev.belfry.session.SessionStore;
import dev.belfry.session.StateChange;
import dev.belfry.session.StateRules;
import jakarta.json.JsonObject;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** One session by its id. All times are the database's. */
final class PostgresSessionStore implements SessionStore {

  private static final String FIND =
      """
      SELECT {columns} FROM {sessions} WHERE id = ? AND {live}
      """;

  /** By a subquery, so that the plan is the same for any number, and is made once. */
  private static final String FIND_ALL =
      """
      SELECT {columns} FROM {sessions} WHERE id = ANY ((SELECT ?)::text[]) AND {live}
      """;

  private static final String EXISTS =
      """
      SELECT EXISTS (SELECT FROM {sessions} WHERE id = ? AND {live})
      """;

  private static final String CHECK =
      """
      SELECT {columns}, time_to_live, ended_at, deleted FROM {sessions} LIMIT 0
      """;

  private final SessionRows rows;
  private final SessionCodec codec;
  private final SessionCreation creation;
  private final SessionRevival revival;
  private final SessionTouches touches;
  private final SessionCleanup cleanup;
  private final PostgresSessionStates states;
  private final Function<Merge, Boolean> merge;
  private final Function<String, Optional<Stored>> read;

  PostgresSessionStore(SessionRows rows, PostgresSessionStates states) {
    this.rows = rows;
    this.codec = rows.codec();
    UserRoom room = new UserRoom(rows);
    this.creation = new SessionCreation(rows, room);
    this.revival = new SessionRevival(rows, room);
    this.touches = new SessionTouches(rows);
    this.cleanup = new SessionCleanup(rows);
    this.merge = rows.merged(new StateMerges(rows, states.updates())::mergeAll);
    this.read = rows.merged(this::readAll);
    this.states = states;
  }

  @Override
  public Session create(String id, String userId, JsonObject state) {
    return create(id, userId, state, rows.rules().lifetime());
  }

  @Override
  public Session create(
      String id, String userId, JsonObject state, Lifetime lifetime, JsonObject negotiated) {
    String storedId = codec.newId(SessionIds.requireValid(id));
    StateRules.requireText("userId", userId);
    requireNonNull(lifetime, "lifetime");
    rows.requireStorable(id, state);
    StateRules.requireNegotiated(negotiated);
    return creation.create(
        new Creation(
            new Newcomer(id, storedId, userId),
            codec.encode(storedId, state),
            lifetime,
            codec.encodeNegotiated(storedId, negotiated)));
  }

  @Override
  public Optional<Session> revive(String id, String userId) {
    StateRules.requireText("userId", userId);
    return codec
        .lookupId(SessionIds.requireValid(id))
        .flatMap(storedId -> revival.revive(new Newcomer(id, storedId, userId)));
  }

  @Override
  public Optional<Session> find(String id) {
    SessionIds.requireValid(id);
    return codec
        .lookupId(id)
        .flatMap(
            storedId ->
                rows.cache()
                    .map(cache -> cache.find(storedId, key -> read(id, key)))
                    .orElseGet(() -> read(id, storedId)));
  }

  private Optional<Session> read(String id, String storedId) {
    return SessionRows.about(id, () -> read.apply(storedId))
        .map(stored -> rows.session(stored, id));
  }

  /** Finds sessions by what is stored of their ids. */
  private List<Outcome<Optional<Stored>>> readAll(List<String> storedIds, String noLock) {
    return storedIds.size() == 1
        ? List.of(new Outcome.Answer<>(readOne(storedIds.get(0))))
        : readMany(storedIds);
  }

  private Optional<Stored> readOne(String storedId) {
    return rows.execute(
        Operation.on("find", storedId),
        rows.sql(FIND),
        statement -> {
          statement.setString(1, storedId);
          return Optional.ofNullable(rows.stored(statement).get(storedId));
        });
  }

  private List<Outcome<Optional<Stored>>> readMany(List<String> storedIds) {
    Map<String, Stored> found =
        rows.connected(
            Operation.of("find"),
            connection ->
                rows.execute(
                    connection,
                    rows.sql(FIND_ALL),
                    statement -> {
                      statement.setArray(1, connection.createArrayOf("text", storedIds.toArray()));
                      return rows.stored(statement);
                    }));
    return storedIds.stream()
        .<Outcome<Optional<Stored>>>map(
            id -> new Outcome.Answer<>(Optional.ofNullable(found.get(id))))
        .toList();
  }

  @Override
  public boolean exists(String id) {
    Optional<String> storedId = codec.lookupId(SessionIds.requireValid(id));
    return storedId.isPresent()
        && rows.execute(
            Operation.on("exists", id),
            rows.sql(EXISTS),
            statement -> {
              statement.setString(1, storedId.get());
              try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
              }
            });
  }

  @Override
  public boolean touch(String id) {
    return touches.touch(SessionIds.requireValid(id));
  }

  @Override
  public Touched touchAll(Collection<String> ids) {
    ids.forEach(SessionIds::requireValid);
    return touches.touchAll(ids);
  }

  @Override
  public boolean delete(String id) {
    String storedId = codec.storedId(SessionIds.requireValid(id));
    return !rows.end(Operation.on("delete", id), "id = ?", List.of(storedId)).isEmpty();
  }

  @Override
  public boolean mergeState(String id, JsonObject changes) {
    SessionIds.requireValid(id);
    StateRules.requireStorable(changes);
    // What SQL cannot look into is changed here.
    return codec.encrypts()
        ? states.apply(id, StateChange.merge(changes)).isPresent()
        : codec
            .lookupId(id)
            .map(
                storedId ->
                    SessionRows.about(id, () -> merge.apply(new Merge(id, storedId, changes))))
            .orElse(false);
  }

  @Override
  public int deleteExpired() {
    return cleanup.run();
  }

  @Override
  public void check() {
    rows.execute(Operation.of("check"), rows.sql(CHECK), PreparedStatement::execute);
  }

  @Override
  public void close() {
    rows.close();
  }
}
