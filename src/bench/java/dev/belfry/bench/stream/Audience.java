package dev.belfry.bench.stream;

import dev.belfry.bench.measure.Latencies;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Streams that stay, each of which has to get every event once and in order. Thread-safe, but for
 * the listeners.
 */
final class Audience {
  /** Fewer than a server lets wait to be accepted; more would have to try again after a second. */
  private static final int ARRIVING = 200;

  private final Semaphore door = new Semaphore(ARRIVING);
  private final AtomicInteger present = new AtomicInteger();
  private final AtomicInteger lost = new AtomicInteger();
  private final AtomicLong delivered = new AtomicLong();
  private final AtomicLong misplaced = new AtomicLong();
  private volatile String lastLoss = "";
  private volatile Latencies latencies = new Latencies();

  /** Begins a new measurement, and returns it. */
  Latencies restart() {
    Latencies fresh = new Latencies();
    latencies = fresh;
    return fresh;
  }

  /** How many have got their primer. */
  int present() {
    return present.get();
  }

  /** How many were not opened, or ended without being asked to. */
  int lost() {
    return lost.get();
  }

  /** Why the latest was; empty if none was. */
  String lastLoss() {
    return lastLoss;
  }

  /** How many events all streams have got together. */
  long delivered() {
    return delivered.get();
  }

  /** How many of those were not the next. */
  long misplaced() {
    return misplaced.get();
  }

  /**
   * Adds streams, and returns when all but the last few have got their primer or failed.
   *
   * @param first the number of the first event that will be published
   */
  void gather(StreamClient client, int count, long first) throws InterruptedException {
    for (int number = 0; number < count; number++) {
      door.acquire();
      client.open(new Member(first));
    }
  }

  private final class Member implements StreamListener {
    private long expected;
    private boolean primed;

    Member(long first) {
      expected = first;
    }

    @Override
    public boolean line(String line) {
      if (Tick.isPrimer(line) && !primed) {
        primed = true;
        present.incrementAndGet();
        door.release();
      }
      Tick.of(line).ifPresent(this::take);
      return true;
    }

    private void take(Tick tick) {
      latencies.add(System.nanoTime() - tick.publishedAt());
      if (tick.number() != expected) {
        misplaced.incrementAndGet();
      }
      expected = tick.number() + 1;
      delivered.incrementAndGet();
    }

    @Override
    public void lost(String reason) {
      if (!primed) {
        door.release();
      }
      lastLoss = reason;
      lost.incrementAndGet();
    }
  }
}
