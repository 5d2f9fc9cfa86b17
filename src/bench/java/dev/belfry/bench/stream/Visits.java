package dev.belfry.bench.stream;

import dev.belfry.bench.measure.Latencies;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Clients that come, get their first frame, and go. Thread-safe. */
final class Visits implements AutoCloseable {
  private static final Duration TURN = Duration.ofMillis(10);

  private final StreamClient client;
  private final Latencies latencies = new Latencies();
  private final AtomicInteger started = new AtomicInteger();
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private volatile String lastFailure = "";
  private final ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();

  Visits(StreamClient client) {
    this.client = client;
  }

  /** Begins, and goes on until it is closed. */
  void start(int perSecond) {
    long begin = System.nanoTime();
    var unused =
        pace.scheduleAtFixedRate(
            () -> keepUp(begin, perSecond), 0, TURN.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void keepUp(long begin, int perSecond) {
    long due = (System.nanoTime() - begin) * perSecond / TimeUnit.SECONDS.toNanos(1);
    while (started.get() < due) {
      started.incrementAndGet();
      client.open(new Visit());
    }
  }

  int started() {
    return started.get();
  }

  int done() {
    return done.get();
  }

  int failed() {
    return failed.get();
  }

  /** Why the latest failed; empty if none has. */
  String lastFailure() {
    return lastFailure;
  }

  /** From the wish to connect to the first frame. */
  Latencies latencies() {
    return latencies;
  }

  private final class Visit implements StreamListener {
    private final long begin = System.nanoTime();

    @Override
    public boolean line(String line) {
      if (!Tick.isPrimer(line)) {
        return true;
      }
      latencies.add(System.nanoTime() - begin);
      done.incrementAndGet();
      return false;
    }

    @Override
    public void lost(String reason) {
      lastFailure = reason;
      failed.incrementAndGet();
    }
  }

  /** No more begin. Idempotent. */
  @Override
  public void close() {
    pace.shutdown();
  }
}
