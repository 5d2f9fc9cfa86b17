package dev.belfry.postgres;

import dev.belfry.event.EventId;
import dev.belfry.postgres.EventCodec.Encoded;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;

/** All that is ever written to the log of one channel. Not within a transaction of the caller's. */
final class LogWriter {

  /**
   * Waits for the log and keeps it: nobody else appends until the transaction ends. What is read
   * afterwards is therefore what the one before has left.
   */
  private static final String HOLD =
      """
      SELECT epoch FROM {log} WHERE channel = ? FOR UPDATE
      """;

  private static final String BREAK_EPOCH =
      """
      WITH broken AS (
        UPDATE {log} AS log SET epoch = ? WHERE channel = ? AND epoch = ?
        RETURNING channel, epoch, %s AS last_offset)
      INSERT INTO {epoch} (channel, epoch, first_offset)
      SELECT channel, epoch, last_offset + 1 FROM broken
      """
          .formatted(EventLog.LAST_OFFSET);

  private final DataSource dataSource;
  private final String channel;
  private final EventLog log;
  private final IdempotencyKeys keys;
  private final Outbox outbox;
  private final Duration patience;
  private final String hold;
  private final String breakEpoch;

  /** Of each epoch the highest offset that is known to have been committed. */
  private final Map<String, Long> written = new ConcurrentHashMap<>();

  /**
   * @param patience how long to wait for the log at most
   */
  LogWriter(
      DataSource dataSource,
      String channel,
      EventTables tables,
      Duration patience,
      EventLog log,
      IdempotencyKeys keys,
      Outbox outbox) {
    this.dataSource = dataSource;
    this.channel = channel;
    this.patience = patience;
    this.log = log;
    this.keys = keys;
    this.outbox = outbox;
    this.hold = tables.complete(HOLD);
    this.breakEpoch = tables.complete(BREAK_EPOCH);
  }

  /**
   * An entry to write.
   *
   * @param key what it is written once for, however often it is tried; empty if that does not
   *     matter
   */
  record Entry(Encoded encoded, Optional<String> key) {}

  /**
   * Writes entries, all or none.
   *
   * @return their places; for a key that was used before, the place then
   */
  List<EventId> write(List<Entry> entries) throws SQLException {
    if (entries.stream().allMatch(entry -> entry.key().isEmpty())) {
      try (Connection connection = dataSource.getConnection()) {
        return note(log.append(connection, entries.stream().map(Entry::encoded).toList()));
      }
    }
    return note(
        Transactions.run(
            dataSource,
            patience,
            connection -> {
              hold(connection);
              return writeHeld(connection, entries);
            }));
  }

  private List<EventId> note(List<EventId> committed) {
    committed.forEach(place -> written.merge(place.epoch(), place.offset(), Math::max));
    return committed;
  }

  /**
   * The last places of each epoch that this has written: they are known to have been in the log.
   */
  List<EventId> written() {
    return written.entrySet().stream()
        .map(last -> new EventId(last.getKey(), last.getValue()))
        .toList();
  }

  /** Forgets a place of {@link #written}: it is known what became of it. */
  void forget(EventId place) {
    written.remove(place.epoch(), place.offset());
  }

  /**
   * Moves what is due from the outbox into the log, a bounded number of events at a time.
   *
   * @return whether there may be more
   */
  boolean moveOutbox() throws SQLException {
    Moved moved =
        Transactions.run(
            dataSource,
            patience,
            connection -> {
              hold(connection);
              Outbox.Due due = outbox.take(connection);
              return new Moved(writeHeld(connection, due.entries()), due.more());
            });
    note(moved.places());
    return moved.more();
  }

  private record Moved(List<EventId> places, boolean more) {}

  /**
   * Writes it into the log that events are lost. From then on no id of an event that was lost is
   * taken for one of the log. However many replicas know of the loss, it is written once.
   *
   * @param lost the id of one of the lost events
   */
  void writeLoss(EventId lost) throws SQLException {
    Transactions.run(
        dataSource,
        patience,
        connection -> {
          hold(connection);
          breakEpoch(connection, lost.epoch());
          Entry loss = new Entry(EventCodec.loss(), Optional.of("belfry:loss:" + lost.epoch()));
          return writeHeld(connection, List.of(loss));
        });
  }

  private void hold(Connection connection) throws SQLException {
    if (!tryHold(connection)) {
      log.openEpoch(connection);
      tryHold(connection);
    }
  }

  private boolean tryHold(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(hold)) {
      statement.setString(1, channel);
      try (ResultSet row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  // Only while the log is still in the lost event's epoch: else that has ended already.
  private void breakEpoch(Connection connection, String epoch) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(breakEpoch)) {
      statement.setString(1, log.newEpoch());
      statement.setString(2, channel);
      statement.setString(3, epoch);
      statement.executeUpdate();
    }
  }

  private List<EventId> writeHeld(Connection connection, List<Entry> entries) throws SQLException {
    List<String> asked = entries.stream().flatMap(entry -> entry.key().stream()).toList();
    Map<String, EventId> places = asked.isEmpty() ? new HashMap<>() : keys.find(connection, asked);
    // Of equal keys in one batch the first is written, too.
    Map<String, Integer> writtenFor = new LinkedHashMap<>();
    List<Encoded> written = new ArrayList<>();
    for (Entry entry : entries) {
      boolean isNew =
          entry.key().isEmpty()
              || (!places.containsKey(entry.key().get())
                  && writtenFor.putIfAbsent(entry.key().get(), written.size()) == null);
      if (isNew) {
        written.add(entry.encoded());
      }
    }
    List<EventId> appended = written.isEmpty() ? List.of() : log.append(connection, written);
    if (!writtenFor.isEmpty()) {
      Map<String, EventId> kept = new HashMap<>();
      writtenFor.forEach((key, position) -> kept.put(key, appended.get(position)));
      keys.keep(connection, kept);
      places.putAll(kept);
    }
    List<EventId> result = new ArrayList<>();
    int next = 0;
    for (Entry entry : entries) {
      Integer position = entry.key().map(writtenFor::get).orElse(null);
      boolean repeated = entry.key().isPresent() && (position == null || position != next);
      result.add(repeated ? places.get(entry.key().get()) : appended.get(next++));
    }
    return result;
  }
}
