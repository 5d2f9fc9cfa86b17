package dev.belfry.postgres;

import static java.util.Objects.requireNonNull;

import dev.belfry.event.EventId;
import dev.belfry.postgres.EventCodec.Encoded;
import dev.belfry.postgres.EventCodec.Visibility;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Appends to the log of one channel. Each method works on the connection it is given, in its
 * transaction if it has one. Thread-safe.
 *
 * <p>Why offsets have no gaps and stand in the order of the commits: to append is first of all to
 * lock the channel's row in {@code belfry_log}, which PostgreSQL lets one transaction at a time do,
 * until it has ended. What comes after that in the same transaction, but in a statement of its own,
 * sees all that was committed before; the last event that it sees is the last there is, and the
 * next offset is the one after it. So an offset is given only when the one before it can be seen by
 * everybody, and a transaction that rolls back leaves none out. With a sequence in its place,
 * readers skip what commits late: {@code EventLogOrderTest} shows both.
 *
 * <p>The row is locked, not counted up: its old versions would have to be gone through by everybody
 * as long as anybody has an old snapshot, a backup for example.
 */
final class EventLog {

  /** PostgreSQL refuses 8,000, whatever the channel's name. */
  static final int MAX_NOTIFY_BYTES = 7_999;

  /** What {@link #APPEND} adds to the payload: {@code ,"epoch":"…","offset":…}, at its longest. */
  static final int PLACE_BYTES = 56;

  private static final int EPOCH_BITS = 80;
  private static final int EPOCH_LENGTH = 16;

  private static final int RETRIES = 10;

  /**
   * Tells one run of the database from another, and tables from the same tables restored: after a
   * failover, a restart or a restore the first append begins a new epoch. If nothing was lost, that
   * is all: an id of the old epoch stays good up to where that epoch ends.
   */
  private static final String INCARNATION =
      "(extract(epoch FROM pg_postmaster_start_time()) || '/' || pg_relation_filenode('{log}')"
          + " || '/' || pg_relation_filenode('{event}'))";

  /** Where the log ends. */
  static final String LAST_OFFSET =
      """
      greatest(log.last_offset, (
        SELECT event_offset FROM {event} AS last WHERE last.channel = log.channel
        ORDER BY event_offset DESC LIMIT 1))
      """;

  /**
   * Stands first in every transaction that appends. Where it can be sent as one with what follows
   * it, nobody can hold up the others by stopping in the middle. Leaves a note for what follows:
   * that may see a row which was not there yet to be locked.
   */
  private static final String LOCK =
      """
      SELECT epoch, set_config('belfry.locked_log', channel, true) FROM {log} WHERE channel = ?
      -- Not a cancellation from outside, which would also end the wait for a synchronous standby.
      AND (SELECT set_config('lock_timeout', ?, true)) IS NOT NULL
      FOR UPDATE;
      """;

  /**
   * In the order of the offsets, because that is the order in which they are received. Each event
   * comes without its last brace: as whole objects they would have to be cut again.
   */
  private static final String APPEND =
      LOCK
          + """
      WITH entry AS (
        SELECT * FROM unnest(%s, ?::int[], ?::bool[], ?::bool[])
        WITH ORDINALITY AS entry (opened, bytes, original, inline, position)),
      log AS (
        SELECT epoch, %s AS base FROM {log} AS log WHERE channel = ? AND incarnation = %s
        AND channel = current_setting('belfry.locked_log', true)),
      appended AS (
        INSERT INTO {event} (channel, event_offset, epoch, bytes, payload)
        SELECT ?, base + position, epoch, bytes, (opened || '}')::json
        FROM log CROSS JOIN entry)
      SELECT max(epoch), max(base),
        -- Not less durable than publish promises, whatever the default.
        (SELECT CASE current_setting('synchronous_commit') WHEN 'off'
          THEN set_config('synchronous_commit', 'on', true) END),
        count(pg_notify(CASE WHEN original THEN ? ELSE ? END, CASE WHEN inline
        THEN opened || ',"epoch":"' || epoch || '","offset":' || base + position || '}'
        ELSE '{"epoch":"' || epoch || '","offset":' || base + position || '}' END))
      FROM (SELECT * FROM log CROSS JOIN entry ORDER BY position) AS notice
      """
              .formatted(JoinedJson.PARAMETER, LAST_OFFSET, INCARNATION);

  private static final String OPEN_EPOCH =
      LOCK
          + """
      WITH opened AS (
        INSERT INTO {log} AS log (channel, epoch, incarnation) VALUES (?, ?, %s)
        ON CONFLICT (channel) DO UPDATE
        SET epoch = excluded.epoch, incarnation = excluded.incarnation
        WHERE log.incarnation <> excluded.incarnation
        RETURNING channel, epoch, %s AS last_offset)
      INSERT INTO {epoch} (channel, epoch, first_offset)
      SELECT channel, epoch, last_offset + 1 FROM opened
      """
              .formatted(INCARNATION, LAST_OFFSET);

  private final String channel;
  private final String bell;
  private final String lockTimeout;
  private final String lock;
  private final String append;
  private final String openEpoch;
  private final SecureRandom random = new SecureRandom();

  /**
   * @param channel whose log it is
   * @param patience how long to wait for the log at most
   */
  EventLog(String channel, EventTables tables, Duration patience) {
    this.channel = requireNonNull(channel, "channel");
    this.bell = bell(channel);
    this.lockTimeout = patience.toMillis() + "ms";
    this.lock = tables.complete(LOCK);
    this.append = tables.complete(APPEND);
    this.openEpoch = tables.complete(OPEN_EPOCH);
  }

  /**
   * The channel for what the original must not take for an event: it knows nothing of topics,
   * audiences, and events that stand elsewhere.
   */
  static String bell(String channel) {
    return "belfry:" + channel;
  }

  /**
   * Appends entries in this order and notifies.
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
    try (PreparedStatement statement = connection.prepareStatement(append)) {
      statement.setString(1, channel);
      statement.setString(2, lockTimeout);
      statement.setString(3, opened(entries));
      statement.setArray(4, array(connection, "int4", entries, Encoded::bytes));
      statement.setArray(5, array(connection, "bool", entries, EventLog::isForOriginal));
      statement.setArray(6, array(connection, "bool", entries, EventLog::isInline));
      statement.setString(7, channel);
      statement.setString(8, channel);
      statement.setString(9, channel);
      statement.setString(10, bell);
      statement.execute();
      statement.getMoreResults();
      try (ResultSet row = statement.getResultSet()) {
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

  private static String opened(List<Encoded> entries) {
    return JoinedJson.of(entries, entry -> entry.json().substring(0, entry.json().length() - 1));
  }

  private static boolean isForOriginal(Encoded entry) {
    return entry.visibility() == Visibility.EVERYBODY && isInline(entry);
  }

  // To LISTEN takes no privilege, to read the log does.
  private static boolean isInline(Encoded entry) {
    return entry.visibility() != Visibility.READERS_OF_THE_LOG
        && entry.bytes() <= MAX_NOTIFY_BYTES - PLACE_BYTES;
  }

  private static java.sql.Array array(
      Connection connection, String type, List<Encoded> entries, Function<Encoded, Object> column)
      throws SQLException {
    return connection.createArrayOf(type, entries.stream().map(column).toArray());
  }

  /**
   * Waits for the log and keeps it: nobody else appends until the transaction ends. What is read
   * afterwards is therefore what the one before has left. Makes a log if there is none.
   */
  void hold(Connection connection) throws SQLException {
    if (!tryHold(connection)) {
      openEpoch(connection);
      tryHold(connection);
    }
  }

  private boolean tryHold(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(lock)) {
      statement.setString(1, channel);
      statement.setString(2, lockTimeout);
      try (ResultSet row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  /** Begins a new epoch, and the log if there is none, unless it has one of this incarnation. */
  void openEpoch(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(openEpoch)) {
      statement.setString(1, channel);
      statement.setString(2, lockTimeout);
      statement.setString(3, channel);
      statement.setString(4, newEpoch());
      statement.execute();
    }
  }

  /** A name that no other epoch has, of whatever database. */
  String newEpoch() {
    String digits = new BigInteger(EPOCH_BITS, random).toString(36);
    return "0".repeat(EPOCH_LENGTH - digits.length()) + digits;
  }
}
