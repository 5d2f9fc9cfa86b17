package dev.belfry.postgres;

import dev.belfry.event.BroadcasterUnavailableException;
import dev.belfry.postgres.LogWriter.Entry;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Events of a replica that has not reached its database since its start. They were delivered there;
 * they wait for the log, through which the others get them. Thread-safe.
 */
final class LocalBacklog {

  private static final int CAPACITY = 10_000;
  private static final long CAPACITY_BYTES = 64L * 1024 * 1024;
  private static final int BATCH = 500;

  private final List<Entry> entries = new ArrayList<>();
  private long bytes;
  private volatile boolean open;
  private boolean emptied;

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
    entries.add(entry);
    bytes += entry.encoded().bytes();
    deliver.run();
    return true;
  }

  /** What writes to the log. */
  @FunctionalInterface
  interface Writer {
    void write(List<Entry> batch) throws SQLException;
  }

  /** Writes all; from then on none may come. Those that are not written yet stay, if it fails. */
  synchronized void empty(Writer writer) throws SQLException {
    while (!entries.isEmpty()) {
      List<Entry> batch = entries.subList(0, Math.min(BATCH, entries.size()));
      writer.write(List.copyOf(batch));
      batch.forEach(entry -> bytes -= entry.encoded().bytes());
      batch.clear();
    }
    open = false;
    emptied = true;
  }
}
