package dev.belfry.postgres;

import static java.util.Objects.requireNonNull;

import dev.belfry.config.BelfrySettings.Retention;
import dev.belfry.event.EventId;
import dev.belfry.event.Reset;
import dev.belfry.event.Reset.Reason;
import dev.belfry.postgres.EventCodec.Encoded;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * The statements of the log of one channel. Each method works on the connection it is given, in its
 * transaction if it has one. Thread-safe.
 *
 * <p>Why offsets have no gaps and stand in the order of the commits: to append is first of all to
 * change the channel's row in {@code belfry_log}, which PostgreSQL lets one transaction at a time
 * do, until it has ended. So the next offset is given only when the one before it can be seen by
 * everybody, and a transaction that rolls back gives its offset back. With a sequence in its place,
 * readers skip what commits late: {@code EventLogOrderTest} shows both.
 */
final class EventLog {

  /** PostgreSQL refuses 8,000, whatever the channel's name. */
  static final int MAX_NOTIFY_BYTES = 7_999;

  /** What {@link #APPEND} adds to the payload: {@code ,"epoch":"…","offset":…}, at its longest. */
  static final int PLACE_BYTES = 56;

  private static final int EPOCH_BITS = 80;
  private static final int EPOCH_LENGTH = 16;

  private static final int PAGE_EVENTS = 500;
  private static final int PAGE_BYTES = 4 * 1024 * 1024;
  private static final int TRIM_BATCH = 5_000;
  private static final int RETRIES = 10;

  /**
   * Tells one run of the database from another, and a table from the same table restored: after a
   * failover, a restart or a restore the first append begins a new epoch. If nothing was lost, that
   * is all: an id of the old epoch stays good up to where that epoch ends.
   */
  private static final String INCARNATION =
      "(extract(epoch FROM pg_postmaster_start_time()) || '/' || pg_relation_filenode('{log}'))";

  /** In the order of the offsets, because that is the order in which they are received. */
  private static final String APPEND =
      """
      WITH entry AS (
        SELECT * FROM unnest(?::text[], ?::int[], ?::text[])
        WITH ORDINALITY AS entry (payload, bytes, channel, position)),
      log AS (
        UPDATE {log} SET last_offset = last_offset + ?
        WHERE channel = ? AND incarnation = %s
        RETURNING epoch, last_offset - ? AS base),
      appended AS (
        INSERT INTO {event} (channel, event_offset, epoch, bytes, payload)
        SELECT ?, base + position, epoch, bytes, payload::json FROM log CROSS JOIN entry)
      SELECT max(epoch), max(base), count(pg_notify(channel, CASE WHEN bytes <= ?
        THEN left(payload, -1) || ',"epoch":"' || epoch || '","offset":' || base + position || '}'
        ELSE '{"epoch":"' || epoch || '","offset":' || base + position || '}' END))
      FROM (SELECT * FROM log CROSS JOIN entry ORDER BY position) AS notice
      """
          .formatted(INCARNATION);

  private static final String OPEN_EPOCH =
      """
      WITH opened AS (
        INSERT INTO {log} AS log (channel, epoch, incarnation) VALUES (?, ?, %s)
        ON CONFLICT (channel) DO UPDATE
        SET epoch = excluded.epoch, incarnation = excluded.incarnation
        WHERE log.incarnation <> excluded.incarnation
        RETURNING channel, epoch, last_offset)
      INSERT INTO {epoch} (channel, epoch, first_offset)
      SELECT channel, epoch, last_offset + 1 FROM opened
      """
          .formatted(INCARNATION);

  /** The log as it stands, and until where the epoch of an id goes. */
  private static final String STATE =
      """
      SELECT log.epoch, log.last_offset, first.epoch, first.event_offset - 1,
        known.first_offset - 1,
        coalesce(
          (SELECT min(later.first_offset) - 1 FROM {epoch} AS later
           WHERE later.channel = log.channel AND later.epoch <> known.epoch
           AND (later.first_offset, later.started_at) > (known.first_offset, known.started_at)),
          log.last_offset),
        known.epoch = log.epoch
      FROM {log} AS log
      LEFT JOIN {epoch} AS known ON known.channel = log.channel AND known.epoch = ?
      LEFT JOIN LATERAL (
        SELECT epoch, event_offset FROM {event} WHERE channel = log.channel
        ORDER BY event_offset LIMIT 1) AS first ON true
      WHERE log.channel = ?
      """;

  private static final String READ =
      """
      SELECT epoch, event_offset, payload
      FROM (
        SELECT epoch, event_offset, payload,
          sum(bytes) OVER (ORDER BY event_offset) - bytes AS bytes_before
        FROM (
          SELECT * FROM {event} WHERE channel = ? AND event_offset > ?
          ORDER BY event_offset LIMIT %d) AS next) AS measured
      WHERE bytes_before < %d
      ORDER BY event_offset
      """
          .formatted(PAGE_EVENTS, PAGE_BYTES);

  /** Oldest first, in ranges of the offset: no row is looked for, and pages become free whole. */
  private static final String TRIM =
      """
      WITH oldest AS (
        SELECT event_offset, created_at FROM {event} WHERE channel = ?
        ORDER BY event_offset LIMIT %d),
      kept AS (
        SELECT last_offset - ? AS until FROM {log} WHERE channel = ?)
      DELETE FROM {event} WHERE channel = ? AND event_offset <= (
        SELECT max(event_offset) FROM oldest
        WHERE event_offset <= (SELECT until FROM kept)
        OR created_at < now() - ? * interval '1 millisecond')
      """
          .formatted(TRIM_BATCH);

  /** Epochs that end before the log begins, but for the one that the log begins in. */
  private static final String TRIM_EPOCHS =
      """
      DELETE FROM {epoch} AS old WHERE channel = ? AND EXISTS (
        SELECT FROM {epoch} AS later WHERE later.channel = old.channel
        AND (later.first_offset, later.started_at) > (old.first_offset, old.started_at)
        AND later.first_offset <= (SELECT min(event_offset) FROM {event} WHERE channel = ?))
      """;

  private final String channel;
  private final String bell;
  private final int timeoutSeconds;
  private final Map<String, String> statements = new LinkedHashMap<>();
  private final SecureRandom random = new SecureRandom();

  /**
   * @param channel whose log it is
   * @param timeoutSeconds how long to wait for the log at most
   */
  EventLog(String channel, EventTables tables, int timeoutSeconds) {
    this.channel = requireNonNull(channel, "channel");
    this.bell = bell(channel);
    this.timeoutSeconds = timeoutSeconds;
    for (String template : List.of(APPEND, OPEN_EPOCH, STATE, READ, TRIM, TRIM_EPOCHS)) {
      statements.put(template, tables.complete(template));
    }
  }

  /**
   * The channel for what the original must not take for an event: it knows nothing of topics,
   * audiences, and events that stand elsewhere.
   */
  static String bell(String channel) {
    return "belfry:" + channel;
  }

  /**
   * Appends entries in this order and notifies, in one statement: nobody who stops in the middle
   * holds up the others.
   *
   * @return the places of the entries
   */
  List<EventId> append(Connection connection, List<Encoded> entries) throws SQLException {
    for (int attempt = 1; true; attempt++) {
      try {
        Optional<List<EventId>> places = tryAppend(connection, entries);
        if (places.isPresent()) {
          return places.get();
        }
        openEpoch(connection);
      } catch (SQLException failure) {
        // Where the default isolation is stricter than READ COMMITTED.
        boolean again = connection.getAutoCommit() && "40001".equals(failure.getSQLState());
        if (!again || attempt == RETRIES) {
          throw failure;
        }
      }
      if (attempt > RETRIES) {
        throw new SQLException(
            "The epoch of the log of channel " + channel + " changed again and again", "40001");
      }
    }
  }

  private Optional<List<EventId>> tryAppend(Connection connection, List<Encoded> entries)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(statements.get(APPEND))) {
      statement.setQueryTimeout(timeoutSeconds);
      statement.setArray(1, array(connection, "text", entries, Encoded::json));
      statement.setArray(2, array(connection, "int4", entries, Encoded::bytes));
      statement.setArray(
          3, array(connection, "text", entries, entry -> isForOriginal(entry) ? channel : bell));
      statement.setInt(4, entries.size());
      statement.setString(5, channel);
      statement.setInt(6, entries.size());
      statement.setString(7, channel);
      statement.setInt(8, MAX_NOTIFY_BYTES - PLACE_BYTES);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        String epoch = row.getString(1);
        long base = row.getLong(2);
        return epoch == null
            ? Optional.empty()
            : Optional.of(
                IntStream.rangeClosed(1, entries.size())
                    .mapToObj(position -> new EventId(epoch, base + position))
                    .toList());
      }
    }
  }

  private static boolean isForOriginal(Encoded entry) {
    return entry.forTheOriginal() && entry.bytes() <= MAX_NOTIFY_BYTES - PLACE_BYTES;
  }

  private static java.sql.Array array(
      Connection connection, String type, List<Encoded> entries, Function<Encoded, Object> column)
      throws SQLException {
    return connection.createArrayOf(type, entries.stream().map(column).toArray());
  }

  /** Begins a new epoch, unless the log has one of this incarnation. */
  private void openEpoch(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(statements.get(OPEN_EPOCH))) {
      statement.setString(1, channel);
      statement.setString(2, newEpoch());
      statement.executeUpdate();
    }
  }

  /** A name that no other epoch has, of whatever database. */
  String newEpoch() {
    String digits = new BigInteger(EPOCH_BITS, random).toString(36);
    return "0".repeat(EPOCH_LENGTH - digits.length()) + digits;
  }

  /**
   * The log as it stood at one moment.
   *
   * @param latest its end
   * @param earliest the place before the first event that it has
   * @param problem what is the matter with an id that was asked for; empty if it is a place in it
   */
  record State(EventId latest, EventId earliest, Optional<Reset> problem) {}

  /** The end of the log; makes one if there is none. */
  EventId latest(Connection connection) throws SQLException {
    return state(connection, EventId.UNKNOWN).latest();
  }

  /** How the log stands, and what an id is in it; makes a log if there is none. */
  State state(Connection connection, EventId id) throws SQLException {
    Optional<State> state = find(connection, id);
    if (state.isEmpty()) {
      openEpoch(connection);
      state = find(connection, id);
    }
    return state.orElseThrow(
        () -> new SQLException("There is no log of channel " + channel + ", although it was made"));
  }

  private Optional<State> find(Connection connection, EventId id) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(statements.get(STATE))) {
      statement.setString(1, id.epoch());
      statement.setString(2, channel);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        EventId latest = new EventId(row.getString(1), row.getLong(2));
        String firstEpoch = row.getString(3);
        EventId earliest = firstEpoch == null ? latest : new EventId(firstEpoch, row.getLong(4));
        long begin = row.getLong(5);
        boolean known = !row.wasNull() && id.offset() >= begin;
        long end = row.getLong(6);
        Optional<Reset> problem = Optional.empty();
        if (!known) {
          problem = Optional.of(new Reset(Reason.UNKNOWN, earliest, latest));
        } else if (id.offset() > end && row.getBoolean(7)) {
          problem = Optional.of(new Reset(Reason.FUTURE, earliest, latest));
        } else if (id.offset() > end) {
          // What came after the lost events is there, and is worth having.
          problem = Optional.of(new Reset(Reason.LOST, earliest, new EventId(id.epoch(), end)));
        } else if (id.offset() < earliest.offset()) {
          problem = Optional.of(new Reset(Reason.TRIMMED, earliest, latest));
        }
        return Optional.of(new State(latest, earliest, problem));
      }
    }
  }

  /** What the log has after a place. */
  sealed interface Page {

    /**
     * The next entries.
     *
     * @param entries those that this version knows
     * @param position of the last entry, or the place itself if there was none
     * @param complete whether that is the end of the log
     */
    record Entries(List<LogEntry.Event> entries, EventId position, boolean complete)
        implements Page {}

    /** The place is none of the log, or the log no longer has what is after it. */
    record Interrupted(Reset reset) implements Page {}

    /** It is written in the log that events are lost that stood after the place. */
    record Loss(Reset reset) implements Page {}
  }

  /** Reads the next page, bounded in events and bytes. It ends before a {@link LogEntry.Loss}. */
  Page read(Connection connection, EventId after) throws SQLException {
    State state = state(connection, after);
    if (state.problem().isPresent()) {
      return new Page.Interrupted(state.problem().get());
    }
    if (after.offset() == state.latest().offset()) {
      return new Page.Entries(List.of(), after, true);
    }
    List<Row> rows = rows(connection, after);
    if (rows.isEmpty() || rows.get(0).id().offset() != after.offset() + 1) {
      // Trimmed between the two statements.
      return new Page.Interrupted(new Reset(Reason.TRIMMED, state.latest(), state.latest()));
    }
    if (rows.get(0).entry().filter(LogEntry.Loss.class::isInstance).isPresent()) {
      return new Page.Loss(new Reset(Reason.LOST, state.earliest(), rows.get(0).id()));
    }
    Predicate<Row> isLoss = row -> row.entry().filter(LogEntry.Loss.class::isInstance).isPresent();
    List<Row> page = rows.stream().takeWhile(isLoss.negate()).toList();
    EventId position = page.get(page.size() - 1).id();
    return new Page.Entries(
        page.stream().flatMap(row -> row.entry().stream()).map(LogEntry.Event.class::cast).toList(),
        position,
        position.offset() >= state.latest().offset());
  }

  private List<Row> rows(Connection connection, EventId after) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(statements.get(READ))) {
      statement.setString(1, channel);
      statement.setLong(2, after.offset());
      try (ResultSet result = statement.executeQuery()) {
        List<Row> rows = new ArrayList<>();
        while (result.next()) {
          EventId id = new EventId(result.getString(1), result.getLong(2));
          rows.add(new Row(id, EventCodec.decode(result.getString(3), id)));
        }
        return rows;
      }
    }
  }

  /** Removes what is not to be kept. Every batch is a transaction if autocommit is on. */
  int trim(Connection connection, Retention retention) throws SQLException {
    int total = 0;
    int removed;
    do {
      try (PreparedStatement statement = connection.prepareStatement(statements.get(TRIM))) {
        statement.setString(1, channel);
        statement.setInt(2, retention.count());
        statement.setString(3, channel);
        statement.setString(4, channel);
        statement.setLong(5, retention.age().toMillis());
        removed = statement.executeUpdate();
      }
      total += removed;
    } while (removed == TRIM_BATCH);
    try (PreparedStatement statement = connection.prepareStatement(statements.get(TRIM_EPOCHS))) {
      statement.setString(1, channel);
      statement.setString(2, channel);
      statement.executeUpdate();
    }
    return total;
  }

  private record Row(EventId id, Optional<LogEntry> entry) {}
}
