package dev.belfry.sse;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Brings what was delivered to all streams, not on the thread that delivers it: there, an event
 * costs the same however many streams there are. It takes its turn among those who write, so that
 * under load each stream is given many events at once, and then writes them at once. Thread-safe.
 */
final class Distribution {

  private final StreamRegistry streams;
  private final StreamWriters writers;
  private final int most;

  /** Held by who distributes: one after the other, so that all streams get all in order. */
  private final Object turn = new Object();

  /** Guarded by this, as is the flag. */
  private final List<Consumer<Feed>> waiting = new ArrayList<>();

  private boolean due;

  /**
   * @param writers distribute
   * @param most how much waits at most; then the caller distributes it
   */
  Distribution(StreamRegistry streams, StreamWriters writers, int most) {
    this.streams = requireNonNull(streams, "streams");
    this.writers = requireNonNull(writers, "writers");
    this.most = most;
  }

  /** Makes a change to the feeds of all streams soon, after those that came before. */
  void add(Consumer<Feed> change) {
    boolean full;
    boolean begins;
    synchronized (this) {
      waiting.add(change);
      full = waiting.size() >= most;
      begins = !due;
      due = true;
    }
    if (begins) {
      writers.execute(this::takeTurn);
    }
    if (full) {
      complete();
    }
  }

  private void takeTurn() {
    synchronized (this) {
      due = false;
    }
    complete();
  }

  /** Makes all changes that wait; when it returns, they are made. */
  void complete() {
    List<Runnable> writes = new ArrayList<>();
    synchronized (turn) {
      List<Consumer<Feed>> changes = take();
      if (!changes.isEmpty()) {
        streams.forEach(
            stream ->
                stream.change(feed -> changes.forEach(change -> change.accept(feed)), writes::add));
      }
    }
    writers.executeAll(writes);
  }

  private synchronized List<Consumer<Feed>> take() {
    List<Consumer<Feed>> changes = List.copyOf(waiting);
    waiting.clear();
    return changes;
  }
}
