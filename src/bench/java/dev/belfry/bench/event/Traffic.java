package dev.belfry.bench.event;

import dev.belfry.bench.measure.BenchException;
import dev.belfry.bench.measure.Latencies;
import dev.belfry.bench.measure.Load;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Events that are published by several threads, all of which have to be heard. */
final class Traffic {
  /** So that what begins slowly, such as connections, has begun. */
  private static final Duration WARM_UP = Duration.ofMillis(300);

  private Traffic() {}

  /** How many events a second are accepted if each publisher waits for his last one only. */
  static double perSecond(Transport.Opener opener, int publishers, Duration duration)
      throws Exception {
    Ear ear = new Ear();
    AtomicLong count = new AtomicLong();
    try (Transport transport = opener.open(ear)) {
      Load.Operation publish =
          () -> transport.publish(new Mark(count.getAndIncrement(), System.nanoTime()));
      double unused = Load.perSecond(publishers, min(duration, WARM_UP), publish);
      ear.awaitAll(count.get());
      double rate = Load.perSecond(publishers, duration, publish);
      ear.awaitAll(count.get());
      return rate;
    }
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /**
   * How long it takes from the call that publishes until an event is heard.
   *
   * @param rate events a second, at an even pace; late ones are made up for
   */
  static Latencies latencies(Transport.Opener opener, int publishers, int rate, Duration duration)
      throws Exception {
    Ear ear = new Ear();
    AtomicLong count = new AtomicLong();
    try (Transport transport = opener.open(ear)) {
      // As fast as can be: connections are warm, too, that have not been used for long.
      double unused =
          Load.perSecond(
              publishers,
              min(duration, WARM_UP),
              () -> transport.publish(new Mark(count.getAndIncrement(), System.nanoTime())));
      long warmedUp = count.get() + pace(transport, publishers, rate, min(duration, WARM_UP));
      ear.awaitAll(warmedUp);
      Latencies latencies = ear.restart();
      ear.awaitAll(warmedUp + pace(transport, publishers, rate, duration));
      return latencies;
    }
  }

  private static long pace(Transport transport, int publishers, int rate, Duration duration)
      throws InterruptedException {
    long interval = TimeUnit.SECONDS.toNanos(publishers) / rate;
    long count = Math.max(1, duration.toNanos() / interval);
    long start = System.nanoTime();
    ExecutorService executor = Executors.newFixedThreadPool(publishers);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int publisher = 0; publisher < publishers; publisher++) {
        long first = start + interval * publisher / publishers;
        running.add(
            executor.submit(
                () -> {
                  for (long number = 0; number < count; number++) {
                    TimeUnit.NANOSECONDS.sleep(first + number * interval - System.nanoTime());
                    transport.publish(new Mark(number, System.nanoTime()));
                  }
                  return null;
                }));
      }
      for (Future<?> each : running) {
        each.get();
      }
      return count * publishers;
    } catch (ExecutionException failure) {
      throw new BenchException(
          "An event was not published: " + failure.getCause(), failure.getCause());
    } finally {
      executor.shutdownNow();
    }
  }
}
