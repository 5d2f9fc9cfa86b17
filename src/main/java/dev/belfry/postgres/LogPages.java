package dev.belfry.postgres;

import static java.util.Objects.requireNonNull;

import dev.belfry.event.EventId;
import dev.belfry.event.Reset;
import dev.belfry.event.Reset.Reason;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads the log of one channel, page by page, and knows what an id is in it. Because offsets have
 * no gaps, a page that does not begin with the next one shows that something is missing.
 * Thread-safe.
 */
final class LogPages {

  private static final int TIMEOUT_SECONDS = 30;
  private static final int PAGE_EVENTS = 500;
  private static final int PAGE_BYTES = 4 * 1024 * 1024;

  /** The log as it stands, and until where the epoch of an id goes. */
  private static final String STATE =
      """
      SELECT log.epoch, log.last_offset, first.epoch, first.event_offset - 1,
        known.first_offset - 1,
        CASE WHEN known.epoch = log.epoch THEN log.last_offset ELSE coalesce(
          (SELECT min(later.first_offset) - 1 FROM {epoch} AS later
           WHERE later.channel = log.channel AND later.epoch <> known.epoch
           AND (later.first_offset, later.started_at) > (known.first_offset, known.started_at)),
          log.last_offset) END,
        known.epoch = log.epoch
      FROM (SELECT channel, epoch, %s AS last_offset FROM {log} AS log) AS log
      LEFT JOIN {epoch} AS known ON known.channel = log.channel AND known.epoch = ?
      LEFT JOIN LATERAL (
        SELECT epoch, event_offset FROM {event} WHERE channel = log.channel
        ORDER BY event_offset LIMIT 1) AS first ON true
      WHERE log.channel = ?
      """
          .formatted(EventLog.LAST_OFFSET);

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

  private final String channel;
  private final EventLog log;
  private final String selectState;
  private final String selectPage;

  /**
   * @param log of the channel
   */
  LogPages(String channel, EventTables tables, EventLog log) {
    this.channel = requireNonNull(channel, "channel");
    this.log = requireNonNull(log, "log");
    this.selectState = tables.complete(STATE);
    this.selectPage = tables.complete(READ);
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
      log.openEpoch(connection);
      state = find(connection, id);
    }
    return state.orElseThrow(
        () -> new SQLException("There is no log of channel " + channel + ", although it was made"));
  }

  private Optional<State> find(Connection connection, EventId id) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(selectState)) {
      statement.setQueryTimeout(TIMEOUT_SECONDS);
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
    if (rows.get(0).isLoss()) {
      return new Page.Loss(new Reset(Reason.LOST, state.earliest(), rows.get(0).id()));
    }
    List<Row> page = rows.stream().takeWhile(row -> !row.isLoss()).toList();
    EventId position = page.get(page.size() - 1).id();
    return new Page.Entries(
        page.stream().flatMap(row -> row.entry().stream()).map(LogEntry.Event.class::cast).toList(),
        position,
        position.offset() >= state.latest().offset());
  }

  private List<Row> rows(Connection connection, EventId after) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(selectPage)) {
      statement.setQueryTimeout(TIMEOUT_SECONDS);
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

  private record Row(EventId id, Optional<LogEntry> entry) {
    boolean isLoss() {
      return entry.filter(LogEntry.Loss.class::isInstance).isPresent();
    }
  }
}
