package dev.belfry.bench.event;

import static org.awaitility.Awaitility.await;

import dev.belfry.bench.measure.BenchException;
import dev.belfry.bench.measure.Latencies;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;
import org.awaitility.core.ConditionTimeoutException;

/** Counts what arrives, and how long after it was sent. Thread-safe. */
final class Ear implements LongConsumer {
  /** After it, what has not come does not count as late but as lost. */
  private static final Duration LATEST = Duration.ofMinutes(1);

  private final LongAdder heard = new LongAdder();
  private volatile Latencies latencies = new Latencies();

  @Override
  public void accept(long sentAt) {
    latencies.add(System.nanoTime() - sentAt);
    heard.increment();
  }

  /** Begins a new measurement, and returns it. */
  Latencies restart() {
    Latencies fresh = new Latencies();
    latencies = fresh;
    return fresh;
  }

  /**
   * Waits until so many were heard in all.
   *
   * @throws BenchException if they are not: one that loses events is not measured
   */
  void awaitAll(long count) {
    try {
      await().atMost(LATEST).pollInterval(Duration.ofMillis(5)).until(() -> heard.sum() >= count);
    } catch (ConditionTimeoutException late) {
      throw new BenchException(
          "%d of %d events were heard; the others are lost".formatted(heard.sum(), count), late);
    }
  }
}
