package dev.belfry.postgres;

import static java.util.Objects.requireNonNull;

import dev.belfry.event.CallerTransaction;
import dev.belfry.postgres.SessionAnnouncements.Kind;
import dev.belfry.session.Session;
import dev.belfry.session.SessionIds;
import dev.belfry.session.SessionRules;
import dev.belfry.session.SessionStoreException;
import dev.belfry.session.SessionStoreUnavailableException;
import dev.belfry.session.StateRules;
import dev.belfry.session.UnreadableStateException;
import jakarta.json.JsonObject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.sql.DataSource;

/**
 * The rows of the sessions' table: how statements reach them, in which transaction, what becomes of
 * failures, and how a row is read. Thread-safe.
 */
final class SessionRows {

  /** As many statements of a kind as one database serves well at once; measured. */
  private static final int CONCURRENCY = 4;

  private static final int BATCH = 200;

  private static final int ATTEMPTS = 20;

  /**
   * Longer than any change of Belfry's own takes; who holds a row for longer is in a transaction.
   */
  private static final String SHARED_LOCK_TIMEOUT = "100ms";

  /** How long a call waits for its turn at most; then for as long as the driver does. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /**
   * Whether a row holds a live session: at this moment, not when the transaction began, and asked
   * again after a wait for the row. {@code now()} would bring back what has expired meanwhile.
   */
  private static final String LIVE =
      "(%1$sexpires_at > clock_timestamp() AND NOT %1$sdeleted"
          + " AND (%1$snot_after IS NULL OR %1$snot_after > clock_timestamp()))";

  /** The columns of a whole session, for {@link #read}. */
  private static final String COLUMNS =
      "id, user_id, created_at, last_active_at, least(expires_at, not_after) AS expires_at,"
          + " state::text AS state, version, negotiated::text AS negotiated";

  /** What makes a row that of a deleted session. */
  private static final String DEAD =
      "deleted = true, ended_at = statement_timestamp(),"
          + " expires_at = least(expires_at, statement_timestamp()), state = '{}',"
          + " negotiated = '{}', version = version + 1";

  /** True, and no lock is waited for longer than the parameter says until the transaction ends. */
  private static final String LOCK_TIMEOUT =
      "(SELECT set_config('lock_timeout',"
          + " coalesce(nullif(?, ''), current_setting('lock_timeout')), true)) IS NOT NULL";

  private static final String LOCK_USER =
      """
      SELECT pg_advisory_xact_lock(
        hashtextextended('belfry user ' || ?, '{sessions}'::regclass::oid::bigint))
      """;

  private static final String END =
      """
      WITH target AS MATERIALIZED (
        SELECT id, user_id, {live} AS live FROM {sessions}
        WHERE %s AND NOT deleted
        ORDER BY id FOR UPDATE),
      ended AS (
        UPDATE {sessions} SET {dead} FROM (SELECT id AS target_id FROM target) AS target
        WHERE id = target_id),
      told AS (
        SELECT id, user_id FROM target WHERE live)
      {announcement}
      SELECT id FROM told
      """;

  private final DataSource dataSource;
  private final SessionTable table;
  private final SessionRules rules;
  private final SessionCodec codec;
  private final SessionAnnouncements announcements;
  private final OutboxBell bell;
  private final Optional<SessionCache> cache;
  private final CallerTransaction transaction;
  private final boolean joining;

  /** The statements as they are sent, by their templates. */
  private final Map<String, String> statements = new ConcurrentHashMap<>();

  /** The same for those that announce what they do. */
  private final Map<Announcing, String> announcing = new ConcurrentHashMap<>();

  private record Announcing(Kind kind, String template) {}

  private final List<MergedCalls<?, ?>> merged = new CopyOnWriteArrayList<>();

  private volatile boolean closed;

  /**
   * @param transaction of those who call
   * @param joining whether what is done takes part in it, or stands alone
   */
  SessionRows(PostgresSessions.Parts parts, CallerTransaction transaction, boolean joining) {
    this.dataSource = parts.dataSource();
    this.table = parts.table();
    this.rules = parts.rules();
    this.codec = parts.codec();
    this.announcements = parts.announcements();
    this.bell = parts.bell();
    this.cache = parts.cache();
    this.transaction = requireNonNull(transaction, "transaction");
    this.joining = joining;
  }

  SessionRules rules() {
    return rules;
  }

  /** Whether what is done may be part of a transaction of the caller's. */
  boolean joins() {
    return joining;
  }

  SessionCodec codec() {
    return codec;
  }

  /**
   * What is remembered of sessions; nothing within a transaction, which sees what others do not.
   */
  Optional<SessionCache> cache() {
    return joining ? Optional.empty() : cache;
  }

  /**
   * Makes calls of those who ask at the same time share their statements. Within a caller's
   * transaction everybody is on his own; so is who would have to wait for a row that somebody else
   * has locked, because all who share a statement would wait with him.
   */
  <Q, A> Function<Q, A> merged(Batches<Q, A> batches) {
    Function<Q, A> alone = request -> batches.execute(List.of(request), "").get(0).get();
    if (joining) {
      return alone;
    }
    MergedCalls<Q, A> calls =
        new MergedCalls<>(
            requests -> batches.execute(requests, SHARED_LOCK_TIMEOUT),
            CONCURRENCY,
            BATCH,
            PATIENCE);
    merged.add(calls);
    return request ->
        isolated(
            () -> {
              try {
                return calls.call(request);
              } catch (SessionStoreUnavailableException failure) {
                if (SqlFailures.isLockTimeout(failure)) {
                  return alone.apply(request);
                }
                throw failure;
              }
            });
  }

  /** Calls that can share a statement. */
  @FunctionalInterface
  interface Batches<Q, A> {

    /**
     * Executes them.
     *
     * @param lockTimeout how long to wait for a row at most, as PostgreSQL has it; empty: as is
     *     configured there
     * @return the outcomes, in the order of the requests; if it throws, nothing was done
     */
    List<Outcome<A>> execute(List<Q> requests, String lockTimeout);
  }

  /** Says of a failure, which may be that of many calls, which session this one was about. */
  static <T> T about(String id, Supplier<T> call) {
    try {
      return call.get();
    } catch (SessionStoreUnavailableException failure) {
      throw failure.sessionId().equals(Optional.of(id))
          ? failure
          : new SessionStoreUnavailableException(failure.getMessage(), id, failure);
    }
  }

  /** What is done with a statement. */
  @FunctionalInterface
  interface Work<T> {
    T apply(PreparedStatement statement) throws SQLException;
  }

  /** A kind of what can be done with a session or sessions, for messages. */
  record Operation(String name, String id) {
    static Operation on(String name, String id) {
      return new Operation(name, id);
    }

    static Operation of(String name) {
      return new Operation(name, "");
    }
  }

  /** Executes one statement, which is all that its transaction has if it is not the caller's. */
  <T> T execute(Operation operation, String sql, Work<T> work) {
    return connected(operation, connection -> execute(connection, sql, work));
  }

  /** Executes several statements in one transaction. */
  <T> T together(Operation operation, Transactions.Work<T> work) {
    return isolated(
        () -> {
          try {
            return joining && transaction.isActive()
                ? work.withConnectionOf(dataSource)
                : Transactions.run(dataSource, work);
          } catch (SQLException failure) {
            throw translated(operation, failure);
          }
        });
  }

  /** Executes with a connection as it comes: in the caller's transaction if it is joined. */
  <T> T connected(Operation operation, Transactions.Work<T> work) {
    return isolated(
        () -> {
          for (int attempt = 1; true; attempt++) {
            try {
              return work.withConnectionOf(dataSource);
            } catch (SQLException failure) {
              // Where the default isolation is stricter than READ COMMITTED.
              boolean again =
                  "40001".equals(failure.getSQLState()) && !(joining && transaction.isActive());
              if (!again || attempt == ATTEMPTS) {
                throw translated(operation, failure);
              }
            }
          }
        });
  }

  private <T> T isolated(Supplier<T> work) {
    if (closed) {
      throw new IllegalStateException("The session store is closed");
    }
    return !joining && transaction.isActive() ? transaction.outside(work) : work.get();
  }

  /** Executes a statement on a connection of {@link #together}. */
  <T> T execute(Connection connection, String sql, Work<T> work) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      return work.apply(statement);
    }
  }

  static RuntimeException translated(Operation operation, SQLException failure) {
    String message =
        "Session operation %s%s failed: %s"
            .formatted(
                operation.name(),
                operation.id().isEmpty()
                    ? ""
                    : " of session " + SessionIds.abbreviate(operation.id()),
                SqlFailures.describe(failure));
    return SqlFailures.isPassing(failure)
        ? new SessionStoreUnavailableException(message, operation.id(), failure)
        : new SessionStoreException(message, operation.id(), failure);
  }

  /** The statement of a template, with the table, its columns, and what a live row is put in. */
  String sql(String template) {
    return statements.computeIfAbsent(template, this::complete);
  }

  /** The same, for a template whose {@code told} are rows of which all replicas are told. */
  String sql(String template, Kind kind) {
    return announcing.computeIfAbsent(
        new Announcing(kind, template),
        key -> complete(template.replace("{announcement}", announcements.sql(kind))));
  }

  private String complete(String template) {
    return template
        .replace("'{sessions}'", SessionTable.literal(table.sqlName()))
        .replace("{sessions}", table.sqlName())
        .replace("{columns}", COLUMNS)
        .replace("{dead}", DEAD)
        .replace("{lock timeout}", LOCK_TIMEOUT)
        .replace("{live}", LIVE.formatted(""))
        .replace("{existing live}", LIVE.formatted("existing."));
  }

  /** Whether anybody is told of it. */
  boolean announces(Kind kind) {
    return announcements.announces(kind);
  }

  /** After a change of sessions: the others are to be told soon, and nothing old is remembered. */
  void changed(Kind kind, List<String> storedIds) {
    if (storedIds.isEmpty()) {
      return;
    }
    Runnable announce =
        () -> {
          storedIds.forEach(id -> cache.ifPresent(present -> present.invalidate(id)));
          if (announcements.announces(kind)) {
            bell.ring();
          }
        };
    if (joining && transaction.isActive()) {
      transaction.afterCommit(announce);
    } else {
      announce.run();
    }
  }

  /**
   * Ends sessions for good.
   *
   * @param condition which, in SQL
   * @return the stored ids of those that were live
   */
  List<String> end(Operation operation, String condition, List<String> parameters) {
    List<String> ended = connected(operation, connection -> end(connection, condition, parameters));
    changed(Kind.DELETED, ended);
    return ended;
  }

  /**
   * Makes those wait for each other who count or end all sessions of a user, or make one of
   * another: none of them could see what another has not committed yet. Comes first, in a statement
   * of its own, so that the next one sees all that was done by those before.
   */
  void lockUser(Connection connection, String userId) throws SQLException {
    boolean unused =
        execute(
            connection,
            sql(LOCK_USER),
            statement -> {
              statement.setString(1, userId);
              return statement.execute();
            });
  }

  /** See {@link #end(Operation, String, List)}; within a transaction of {@link #together}. */
  List<String> end(Connection connection, String condition, List<String> parameters)
      throws SQLException {
    return execute(
        connection,
        sql(END.formatted(condition), Kind.DELETED),
        statement -> {
          bind(statement, parameters);
          return strings(statement);
        });
  }

  /** Binds text. */
  static void bind(PreparedStatement statement, List<String> parameters) throws SQLException {
    for (int index = 0; index < parameters.size(); index++) {
      statement.setString(index + 1, parameters.get(index));
    }
  }

  /** The first column of all rows. */
  static List<String> strings(PreparedStatement statement) throws SQLException {
    List<String> strings = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        strings.add(rows.getString(1));
      }
    }
    return strings;
  }

  /** The sessions that a statement gives, with their ids as they are stored. */
  List<Session> sessions(PreparedStatement statement) throws SQLException {
    List<Session> sessions = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        sessions.add(read(rows, rows.getString("id")));
      }
    }
    return sessions;
  }

  /** The one session that a statement gives, if it does, under the id that was asked for. */
  Optional<Session> session(PreparedStatement statement, String id) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      return row.next() ? Optional.of(read(row, id)) : Optional.empty();
    }
  }

  /**
   * Reads the session that a row holds.
   *
   * @param id what the session is to be called
   */
  Session read(ResultSet row, String id) throws SQLException {
    return session(stored(row), id);
  }

  /** What a row holds, with JSON that is still to be parsed. */
  record Stored(
      String id,
      String userId,
      Instant createdAt,
      Instant lastActiveAt,
      Instant expiresAt,
      String state,
      long version,
      String negotiated) {}

  /**
   * What a statement gives, by its stored id. Of many who share a statement each parses his own.
   */
  Map<String, Stored> stored(PreparedStatement statement) throws SQLException {
    Map<String, Stored> all = new HashMap<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        Stored stored = stored(row);
        all.put(stored.id(), stored);
      }
    }
    return all;
  }

  private static Stored stored(ResultSet row) throws SQLException {
    return new Stored(
        row.getString("id"),
        row.getString("user_id"),
        instant(row, "created_at"),
        instant(row, "last_active_at"),
        instant(row, "expires_at"),
        row.getString("state"),
        row.getLong("version"),
        row.getString("negotiated"));
  }

  /**
   * The session that is stored so.
   *
   * @param id what the session is to be called
   */
  Session session(Stored stored, String id) {
    return new Session(
        id,
        stored.userId(),
        stored.createdAt(),
        stored.lastActiveAt(),
        stored.expiresAt(),
        codec.decode(stored.id(), stored.state()),
        stored.version(),
        codec.decodeNegotiated(stored.id(), stored.negotiated()));
  }

  /** The same, or that it cannot be read: one bad row among others fails alone. */
  Outcome<Optional<Session>> outcome(ResultSet row) throws SQLException {
    try {
      return new Outcome.Answer<>(Optional.of(read(row, row.getString("id"))));
    } catch (UnreadableStateException unreadable) {
      return new Outcome.Failure<>(unreadable);
    }
  }

  /** Sees to it that a state keeps the rules. */
  void requireStorable(String id, JsonObject state) {
    StateRules.requireStorable(state);
    StateRules.requireSize(id, state, rules.maxStateBytes());
  }

  private static Instant instant(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  void close() {
    closed = true;
    merged.forEach(MergedCalls::close);
  }
}
