package dev.belfry.bench.stream;

import dev.belfry.bench.measure.Latencies;
import java.util.concurrent.atomic.AtomicInteger;

/** The streams that one thread reads. Written by that thread, read by any. */
final class FanoutAudience {
  private final AtomicInteger present = new AtomicInteger();
  private final AtomicInteger gone = new AtomicInteger();
  private volatile long delivered;
  private volatile long misplaced;
  private volatile String lastLoss = "";
  private volatile Latencies latencies = new Latencies();

  void arrived() {
    present.incrementAndGet();
  }

  // The thread's own, and volatile only so that others see it.
  @SuppressWarnings("NonAtomicVolatileUpdate")
  void heard(long sentAt, boolean inOrder) {
    latencies.add(System.nanoTime() - sentAt);
    delivered++;
    if (!inOrder) {
      misplaced++;
    }
  }

  void left(String reason) {
    lastLoss = reason;
    gone.incrementAndGet();
  }

  /** Begins a new measurement. */
  void restart(Latencies fresh) {
    latencies = fresh;
  }

  int present() {
    return present.get();
  }

  int gone() {
    return gone.get();
  }

  String lastLoss() {
    return lastLoss;
  }

  long delivered() {
    return delivered;
  }

  long misplaced() {
    return misplaced;
  }
}
