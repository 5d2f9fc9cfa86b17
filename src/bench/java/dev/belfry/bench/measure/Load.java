package dev.belfry.bench.measure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Does something again and again, in many threads at once. */
public final class Load {

  private Load() {}

  /** Something to be done again and again. */
  @FunctionalInterface
  public interface Operation {

    /** Does it once. */
    void run() throws Exception;
  }

  /**
   * How often a second it can be done.
   *
   * @param threads each of which begins again as soon as it is done
   * @param duration for how long
   * @return counts what was done completely within the time
   * @throws BenchException if it fails once
   */
  public static double perSecond(int threads, Duration duration, Operation operation)
      throws InterruptedException {
    CountDownLatch ready = new CountDownLatch(threads);
    CountDownLatch begin = new CountDownLatch(1);
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      List<Future<Long>> counts = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        Callable<Long> repeat =
            () -> {
              ready.countDown();
              begin.await();
              return repeat(duration, operation);
            };
        counts.add(executor.submit(repeat));
      }
      ready.await();
      begin.countDown();
      long sum = 0;
      for (Future<Long> count : counts) {
        sum += count.get();
      }
      return sum * 1e9 / duration.toNanos();
    } catch (ExecutionException failure) {
      throw new BenchException("It failed under load: " + failure.getCause(), failure.getCause());
    } finally {
      executor.shutdownNow();
    }
  }

  private static long repeat(Duration duration, Operation operation) throws Exception {
    long end = System.nanoTime() + duration.toNanos();
    long count = 0;
    while (true) {
      operation.run();
      if (System.nanoTime() - end >= 0) {
        return count; // The last one was not done in time.
      }
      count++;
    }
  }
}
