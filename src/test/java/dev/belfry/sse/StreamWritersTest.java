package dev.belfry.sse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StreamWritersTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
  private final CountDownLatch reads = new CountDownLatch(1);
  private final Queue<Integer> written = new ConcurrentLinkedQueue<>();

  private final StreamWriters writers = new StreamWriters(threads, scheduler, 2);

  @AfterEach
  void close() {
    reads.countDown();
    threads.shutdownNow();
    scheduler.shutdownNow();
  }

  @Test
  void takesNoMoreThreadsThanItMayAndRunsAllInOrder() {
    Queue<Runnable> started = new ConcurrentLinkedQueue<>();
    StreamWriters ordered = new StreamWriters(started::add, scheduler, 2);

    ordered.executeAll(List.of(write(1), write(2), write(3), write(4), write(5)));
    assertThat(started).hasSize(2);
    started.remove().run();
    started.remove().run();
    ordered.execute(write(6));
    started.remove().run();

    assertThat(written).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(started).isEmpty();
  }

  @Test
  void clientsThatDoNotReadKeepNobodyWaiting() {
    int stuck = 40;
    for (int client = 0; client < stuck; client++) {
      writers.execute(this::writeToOneThatDoesNotRead);
    }
    writers.execute(write(1));

    await().atMost(LONG).until(() -> written.contains(1));
    assertThat(reads.getCount()).isOne();
  }

  @Test
  void threadsThatWereStuckEndWhenOthersHaveTakenTheirPlace() {
    for (int client = 0; client < 10; client++) {
      writers.execute(this::writeToOneThatDoesNotRead);
    }
    writers.execute(write(1));
    await().atMost(LONG).until(() -> written.contains(1));
    reads.countDown();

    await()
        .atMost(LONG)
        .until(
            () -> {
              Queue<String> names = new ConcurrentLinkedQueue<>();
              CountDownLatch both = new CountDownLatch(2);
              for (int task = 0; task < 20; task++) {
                writers.execute(() -> names.add(Thread.currentThread().getName()));
              }
              writers.execute(both::countDown);
              writers.execute(both::countDown);
              both.await();
              return names.stream().distinct().count() <= 2;
            });
  }

  @Test
  void noThreadIsAskedForAgainBeforeTheServerHasGivenIt() {
    AtomicInteger asked = new AtomicInteger();
    StreamWriters waiting =
        new StreamWriters(task -> asked.incrementAndGet(), scheduler, 2); // It is busy.
    waiting.executeAll(List.of(write(1), write(2), write(3)));

    AtomicInteger turns = new AtomicInteger();
    var unused =
        scheduler.scheduleAtFixedRate(turns::incrementAndGet, 0, 10, TimeUnit.MILLISECONDS);
    await().atMost(LONG).until(() -> turns.get() > 10);

    assertThat(asked).hasValue(2);
  }

  @Test
  void failureOfOneTaskIsNotTheOthers() {
    writers.execute(
        () -> {
          throw new IllegalStateException("expected by this test");
        });
    writers.execute(write(1));

    await().atMost(LONG).until(() -> written.contains(1));
  }

  @Test
  void serverThatStopsHasTheCallerWrite() {
    StreamWriters stopping =
        new StreamWriters(
            task -> {
              throw new RejectedExecutionException("stopping");
            },
            scheduler,
            2);

    stopping.executeAll(new ArrayList<>(List.of(write(1), write(2), write(3))));

    assertThat(written).containsExactly(1, 2, 3);
  }

  private Runnable write(int number) {
    return () -> written.add(number);
  }

  private void writeToOneThatDoesNotRead() {
    try {
      reads.await();
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }
}
