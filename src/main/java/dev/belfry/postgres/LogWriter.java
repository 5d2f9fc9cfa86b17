package dev.belfry.postgres;

import dev.belfry.event.EventId;
import dev.belfry.postgres.EventCodec.Encoded;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import javax.sql.DataSource;

/** All that is ever written to the log of one channel. Not within a transaction of the caller's. */
final class LogWriter {

  private static final String BREAK_EPOCH =
      """
      WITH broken AS (
        UPDATE {log} AS log SET epoch = ? WHERE channel = ? AND epoch = ?
        RETURNING channel, epoch, %s AS last_offset)
      INSERT INTO {epoch} (channel, epoch, first_offset)
      SELECT channel, epoch, last_offset + 1 FROM broken
      """
          .formatted(EventLog.LAST_OFFSET);

  /** The position of an entry whose key was used before. */
  private static final int WRITTEN_BEFORE = -1;

  private final DataSource dataSource;
  private final String channel;
  private final EventLog log;
  private final IdempotencyKeys keys;
  private final Outbox outbox;
  private final String breakEpoch;

  /** Of each epoch the highest offset that is known to have been committed. */
  private final Map<String, Long> written = new ConcurrentHashMap<>();

  LogWriter(
      DataSource dataSource,
      String channel,
      EventTables tables,
      EventLog log,
      IdempotencyKeys keys,
      Outbox outbox) {
    this.dataSource = dataSource;
    this.channel = channel;
    this.log = log;
    this.keys = keys;
    this.outbox = outbox;
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
            connection -> {
              log.hold(connection);
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
            connection -> {
              log.hold(connection);
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
        connection -> {
          log.hold(connection);
          breakEpoch(connection, lost.epoch());
          Entry loss = new Entry(EventCodec.loss(), Optional.of("belfry:loss:" + lost.epoch()));
          return writeHeld(connection, List.of(loss));
        });
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
    Map<String, EventId> places = asked.isEmpty() ? Map.of() : keys.find(connection, asked);
    // Where each is among those to append; of equal keys in one batch the first is.
    List<Integer> positions = new ArrayList<>();
    Map<String, Integer> positionsByKey = new HashMap<>();
    List<Encoded> appending = new ArrayList<>();
    for (Entry entry : entries) {
      if (entry.key().filter(places::containsKey).isPresent()) {
        positions.add(WRITTEN_BEFORE);
        continue;
      }
      int next = appending.size();
      int position =
          entry.key().map(key -> positionsByKey.computeIfAbsent(key, fresh -> next)).orElse(next);
      if (position == next) {
        appending.add(entry.encoded());
      }
      positions.add(position);
    }
    List<EventId> appended = appending.isEmpty() ? List.of() : log.append(connection, appending);
    if (!positionsByKey.isEmpty()) {
      Map<String, EventId> kept = new HashMap<>();
      positionsByKey.forEach((key, position) -> kept.put(key, appended.get(position)));
      keys.keep(connection, kept);
    }
    return IntStream.range(0, entries.size())
        .mapToObj(
            index ->
                positions.get(index) == WRITTEN_BEFORE
                    ? places.get(entries.get(index).key().orElseThrow())
                    : appended.get(positions.get(index)))
        .toList();
  }
}
