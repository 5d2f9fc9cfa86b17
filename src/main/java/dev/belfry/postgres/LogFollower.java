package dev.belfry.postgres;

import dev.belfry.event.DeliveryMonitor;
import dev.belfry.event.DeliveryState;
import dev.belfry.event.EventId;
import dev.belfry.event.LocalFanout;
import dev.belfry.event.Reset;
import dev.belfry.event.Reset.Reason;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/**
 * This replica's way through the log: every event once, in order, whether a notification brings it
 * or it has to be read. A notification is only believed as far as it continues what is here; in all
 * other cases the log is read. For one thread.
 */
final class LogFollower {

  private static final Logger LOG = System.getLogger(LogFollower.class.getName());

  private final String replica;
  private final LogPages log;
  private final LogWriter writer;
  private final LocalBacklog backlog;
  private final LocalFanout fanout;
  private final DeliveryMonitor monitor;

  /** Up to where everything was delivered here; empty before the log was reached. */
  private Optional<EventId> position = Optional.empty();

  private boolean undecodableReported;

  LogFollower(
      String replica,
      LogPages log,
      LogWriter writer,
      LocalBacklog backlog,
      LocalFanout fanout,
      DeliveryMonitor monitor) {
    this.replica = replica;
    this.log = log;
    this.writer = writer;
    this.backlog = backlog;
    this.fanout = fanout;
    this.monitor = monitor;
  }

  /**
   * Delivers all that the log has and this replica has not. The first time, nothing: it begins at
   * the end of the log.
   *
   * @throws SQLException if the log cannot be read; what was delivered until then is not delivered
   *     again
   */
  void catchUp(Connection connection) throws SQLException {
    if (position.isEmpty()) {
      begin(connection);
    }
    boolean complete = false;
    while (!complete) {
      monitor.turn();
      complete = readPage(connection, position.orElseThrow());
    }
  }

  /** As {@link #catchUp}, on a connection that may be another server's than the one before. */
  void catchUpAnew(Connection connection) throws SQLException {
    for (EventId written : writer.written()) {
      LogPages.State state = log.state(connection, written);
      boolean lost = isLost(written, state);
      if (lost) {
        writer.writeLoss(written);
      }
      // Of an epoch that has ended nothing more can be lost.
      if (lost || !written.epoch().equals(state.latest().epoch())) {
        writer.forget(written);
      }
    }
    catchUp(connection);
  }

  // Whoever has an event that the log does not have, or not any more, knows that it was lost. Of an
  // epoch that the log does not know, too, unless it is so old that it may have been trimmed.
  private static boolean isLost(EventId id, LogPages.State state) {
    return state
        .problem()
        .map(Reset::reason)
        .filter(
            reason ->
                reason == Reason.FUTURE
                    || reason == Reason.LOST
                    || (reason == Reason.UNKNOWN && id.offset() >= state.earliest().offset()))
        .isPresent();
  }

  private void begin(Connection connection) throws SQLException {
    EventId end = log.latest(connection);
    // What the backlog adds stands after this place, and is passed over when it comes by.
    backlog.empty(writer::write);
    position = Optional.of(end);
    fanout.position(end);
  }

  private boolean readPage(Connection connection, EventId after) throws SQLException {
    LogPages.Page page = log.read(connection, after);
    if (page instanceof LogPages.Page.Entries entries) {
      if (!entries.complete()) {
        monitor.changeFrom(
            DeliveryState.CONNECTING,
            DeliveryState.CATCHING_UP,
            "reading what was published meanwhile");
      }
      entries.entries().forEach(this::deliver);
      moveTo(entries.position());
      return entries.complete();
    }
    Reset reset =
        page instanceof LogPages.Page.Loss loss
            ? loss.reset()
            : interrupted(connection, after, ((LogPages.Page.Interrupted) page).reset());
    LOG.log(
        Level.WARNING,
        "Events are missing here ({0}); subscribers are told. Delivery goes on after {1}",
        reset.reason(),
        reset.latest());
    fanout.reset(reset);
    position = Optional.of(reset.latest());
    return false;
  }

  private Reset interrupted(Connection connection, EventId after, Reset reset) throws SQLException {
    LogPages.State state = log.state(connection, after);
    if (!isLost(after, state)) {
      return reset;
    }
    // So that all learn of it, also replicas and clients that had not come so far.
    writer.writeLoss(after);
    Reset known = log.state(connection, after).problem().orElse(reset);
    return new Reset(Reason.LOST, known.earliest(), known.latest());
  }

  /** Delivers what a notification brings. */
  void receive(Connection connection, String payload) throws SQLException {
    Optional<Notice> notice = EventCodec.decodeNotice(payload);
    if (notice.isEmpty()) {
      reportUndecodable(payload);
    } else if (notice.get() instanceof Notice.Foreign foreign) {
      fanout.deliver(foreign.event());
    } else if (notice.get() instanceof Notice.Inline inline) {
      receive(connection, inline);
    } else if (notice.get() instanceof Notice.Reference reference && !isBehind(reference.id())) {
      catchUp(connection);
    }
  }

  /** Delivers what is in no log of a notification that is not received otherwise. */
  void receiveForeign(String payload) {
    if (EventCodec.decodeNotice(payload).orElse(null) instanceof Notice.Foreign foreign) {
      fanout.deliver(foreign.event());
    }
  }

  private void receive(Connection connection, Notice.Inline inline) throws SQLException {
    EventId id = inline.id();
    boolean isNext =
        position
            .filter(last -> last.epoch().equals(id.epoch()) && last.offset() + 1 == id.offset())
            .isPresent();
    if (isNext) {
      deliver(inline.entry());
      position = Optional.of(id);
    } else if (!isBehind(id)) {
      catchUp(connection);
    }
  }

  private boolean isBehind(EventId id) {
    return position
        .filter(last -> last.epoch().equals(id.epoch()) && last.offset() >= id.offset())
        .isPresent();
  }

  private void deliver(LogEntry.Event entry) {
    if (entry.deliveredBy().equals(replica)) {
      fanout.position(entry.event().id().orElseThrow());
    } else {
      fanout.deliver(entry.event());
    }
  }

  // An entry that this version does not know moves nobody but this.
  private void moveTo(EventId end) {
    position = Optional.of(end);
    if (!fanout.latest().equals(position)) {
      fanout.position(end);
    }
  }

  private void reportUndecodable(String payload) {
    // Its text is foreign and stays out of the log; once, because the next is likely the same.
    if (!undecodableReported) {
      undecodableReported = true;
      LOG.log(
          Level.WARNING,
          "A notification of {0} characters is no event and was skipped; further ones are skipped silently",
          payload.length());
    }
  }
}
