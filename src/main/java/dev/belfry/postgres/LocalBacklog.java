package dev.belfry.postgres;

import dev.belfry.event.BroadcasterUnavailableException;
import dev.belfry.postgres.LogWriter.Entry;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Events of a replica that has not reached its database since its start. They were delivered there;
 * they wait for the log, through which the others get them. Thread-safe.
 *
 * <p>Events are delivered with the backlog's lock held, and whoever delivers may publish again.
 * That cannot block: nobody else delivers anything while the backlog is open.
 */
final class LocalBacklog {

  private static final Logger LOG = System.getLogger(LocalBacklog.class.getName());

  private static final int CAPACITY = 10_000;
  private static final long CAPACITY_BYTES = 64L * 1024 * 1024;

  private final String keyPrefix = "belfry:backlog:" + UUID.randomUUID() + ":";
  private final List<Entry> entries = new ArrayList<>();
  private long bytes;
  private volatile boolean open;
  private boolean emptied;
  private int batchSize = 500;
  private long added;

  /**
   * From now on, until {@link #empty}, events may come; unless it was emptied already.
   *
   * @param announcement made in that case, before the first of them
   */
  synchronized void open(Runnable announcement) {
    if (!emptied) {
      open = true;
      announcement.run();
    }
  }

  /** Whether events may come. */
  boolean isOpen() {
    return open;
  }

  /**
   * Keeps an event, if it may come.
   *
   * @param deliver delivers it here, in the order of the backlog
   * @return whether it was kept; if not, the log can be written to
   */
  synchronized boolean add(Entry entry, Runnable deliver) {
    if (!open) {
      return false;
    }
    boolean repeated =
        entry.key().isPresent()
            && entries.stream().anyMatch(earlier -> earlier.key().equals(entry.key()));
    if (repeated) {
      return true;
    }
    if (entries.size() == CAPACITY || bytes + entry.encoded().bytes() > CAPACITY_BYTES) {
      throw new BroadcasterUnavailableException(
          "The database has not been reached since the start, and %d events wait for it already"
              .formatted(entries.size()),
          null);
    }
    // With a key, so that it is safe to write it again when nobody knows whether it was written.
    added++;
    entries.add(new Entry(entry.encoded(), entry.key().or(() -> Optional.of(keyPrefix + added))));
    bytes += entry.encoded().bytes();
    deliver.run();
    return true;
  }

  /** What writes to the log. */
  @FunctionalInterface
  interface Writer {
    void write(List<Entry> batch) throws SQLException;
  }

  /**
   * Writes all; from then on none may come. Those that are not written yet stay, if it fails; an
   * entry that the database refuses for good is reported and left out.
   */
  synchronized void empty(Writer writer) throws SQLException {
    while (!entries.isEmpty()) {
      List<Entry> batch = List.copyOf(entries.subList(0, Math.min(batchSize, entries.size())));
      try {
        writer.write(batch);
      } catch (SQLException failure) {
        if (SqlFailures.isPassing(failure)) {
          throw failure;
        }
        if (batch.size() > 1) {
          batchSize = 1; // To find the one that is refused.
          continue;
        }
        LOG.log(Level.ERROR, "An event was delivered here, and the database refuses it", failure);
      }
      batch.forEach(entry -> bytes -= entry.encoded().bytes());
      entries.subList(0, batch.size()).clear();
    }
    open = false;
    emptied = true;
  }

  /** The end: what has not been written by now never will be. */
  synchronized void close() {
    if (!entries.isEmpty()) {
      LOG.log(
          Level.WARNING,
          "{0} events were delivered on this replica only: the database was not reached until its end",
          entries.size());
      entries.clear();
    }
    open = false;
    emptied = true;
  }
}
