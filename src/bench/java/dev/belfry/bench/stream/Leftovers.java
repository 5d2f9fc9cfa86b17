package dev.belfry.bench.stream;

import dev.belfry.bench.measure.ServerGauge;
import dev.belfry.bench.measure.ServerGauge.State;

/**
 * What a server has more than before its clients came.
 *
 * @param heapBytes live objects
 * @param threads of the process
 * @param openFiles sockets included
 */
record Leftovers(long heapBytes, int threads, int openFiles) {
  /** Two thousand streams weigh more, of the tens of thousands that there were. */
  private static final long HEAP_TOLERANCE = 32L * 1024 * 1024;

  /** A pool has grown by one or the other, and shrinks when it likes. */
  private static final int THREAD_TOLERANCE = 10;

  /**
   * Visitors make more connections than there were before, and Open Liberty keeps a selector, which
   * is two files, for every thousand or so. Streams that leak would be sockets by the hundred.
   */
  private static final int FILE_TOLERANCE = 30;

  static Leftovers since(State before, ServerGauge gauge) {
    State now = gauge.state();
    return new Leftovers(
        now.heapBytes() - before.heapBytes(),
        now.threads() - before.threads(),
        now.openFiles() - before.openFiles());
  }

  boolean isNone() {
    return heapBytes <= HEAP_TOLERANCE
        && threads <= THREAD_TOLERANCE
        && openFiles <= FILE_TOLERANCE;
  }

  @Override
  public String toString() {
    return "%d KiB of heap, %d threads and %d files more than before"
        .formatted(heapBytes / 1024, threads, openFiles);
  }
}
