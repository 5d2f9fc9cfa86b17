package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belfry.event.BroadcasterClosedException;
import dev.belfry.event.BroadcasterException;
import dev.belfry.event.BroadcasterUnavailableException;
import dev.belfry.event.EventId;
import dev.belfry.event.ServerEvent;
import dev.belfry.postgres.LogWriter.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class GroupCommitTest {

  private static final Duration LONG = Duration.ofSeconds(10);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<List<String>> batches = new CopyOnWriteArrayList<>();
  private final List<Thread> writers = new CopyOnWriteArrayList<>();
  private final AtomicLong offset = new AtomicLong();

  /** How many batches may be written; the writer waits for more. */
  private final Semaphore permits = new Semaphore(0);

  @AfterEach
  void stop() throws InterruptedException {
    permits.release(1_000_000);
    threads.shutdown();
    assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void idlePublisherWritesItself() {
    permits.release();

    EventId place = groupCommit(LONG).write(entry("a"));

    assertThat(place.offset()).isEqualTo(1);
    assertThat(writers).containsExactly(Thread.currentThread());
  }

  @Test
  void whoComesWhileABatchIsWrittenSharesTheNext() throws Exception {
    GroupCommit groupCommit = groupCommit(LONG);
    Future<EventId> first = threads.submit(() -> groupCommit.write(entry("first")));
    await().atMost(LONG).until(() -> batches.size() == 1);

    List<Future<EventId>> later = new ArrayList<>();
    for (int number = 0; number < 20; number++) {
      Entry entry = entry("later-" + number);
      later.add(threads.submit(() -> groupCommit.write(entry)));
    }
    CompletionStage<EventId> asynchronous = groupCommit.writeLater(entry("asynchronous"));
    await().atMost(LONG).until(() -> groupCommit.waiting() == 21);
    permits.release(2);

    assertThat(first.get().offset()).isEqualTo(1);
    for (Future<EventId> published : later) {
      assertThat(published.get().offset()).isBetween(2L, 22L);
    }
    assertThat(asynchronous).succeedsWithin(LONG);
    assertThat(batches).hasSize(2);
    assertThat(batches.get(1)).hasSize(21);
  }

  /** Else there would be two groups, which take turns: twice as many batches. */
  @Test
  void thoseOfTheLastBatchAreWaitedFor() throws Exception {
    int publishers = 8;
    int each = 25;
    GroupCommit groupCommit =
        new GroupCommit(
            entries -> {
              LockSupport.parkNanos(Duration.ofMillis(20).toNanos()); // A slow disk.
              permits.release();
              return write(entries);
            },
            threads,
            LONG);
    List<Future<?>> published = new ArrayList<>();
    for (int publisher = 0; publisher < publishers; publisher++) {
      published.add(
          threads.submit(
              () -> {
                for (int number = 0; number < each; number++) {
                  groupCommit.write(entry("event"));
                }
              }));
    }

    for (Future<?> publisher : published) {
      publisher.get();
    }
    assertThat(batches.stream().mapToInt(List::size).sum()).isEqualTo(publishers * each);
    assertThat(batches).hasSizeLessThan(each * 3 / 2);
  }

  @Test
  void whoDoesNotComeBackHoldsNobodyUp() throws Exception {
    GroupCommit groupCommit = groupCommit(LONG);
    Future<EventId> first = threads.submit(() -> groupCommit.write(entry("first")));
    await().atMost(LONG).until(() -> batches.size() == 1);
    List<Future<EventId>> gone = new ArrayList<>();
    for (int number = 0; number < 2; number++) {
      gone.add(threads.submit(() -> groupCommit.write(entry("gone"))));
    }
    await().atMost(LONG).until(() -> groupCommit.waiting() == 2);
    permits.release();
    await().atMost(LONG).until(() -> batches.size() == 2);
    Future<EventId> last = threads.submit(() -> groupCommit.write(entry("last")));
    await().atMost(LONG).until(() -> groupCommit.waiting() == 1);
    permits.release(2);

    assertThat(last.get().offset()).isEqualTo(4);
    first.get();
    for (Future<EventId> publisher : gone) {
      publisher.get();
    }
    assertThat(batches).containsExactly(List.of("first"), List.of("gone", "gone"), List.of("last"));
  }

  @Test
  void onlyAsynchronousEventsAreWrittenByTheExecutorInOrder() {
    permits.release(1_000);
    GroupCommit groupCommit = groupCommit(LONG);

    List<CompletionStage<EventId>> published =
        IntStream.range(0, 500)
            .mapToObj(number -> groupCommit.writeLater(entry("event-" + number)))
            .toList();

    published.forEach(stage -> assertThat(stage).succeedsWithin(LONG));
    assertThat(batches.stream().flatMap(List::stream))
        .isEqualTo(IntStream.range(0, 500).mapToObj(number -> "event-" + number).toList());
    assertThat(writers).doesNotContain(Thread.currentThread());
  }

  @Test
  void whoseTurnDoesNotComeInTimeIsToldAndNotWritten() {
    GroupCommit groupCommit = groupCommit(Duration.ofMillis(50));
    Future<EventId> stuck = threads.submit(() -> groupCommit.write(entry("stuck")));
    await().atMost(LONG).until(() -> batches.size() == 1);

    assertThatThrownBy(() -> groupCommit.write(entry("late")))
        .isInstanceOf(BroadcasterUnavailableException.class)
        .hasMessageContaining("did not come within PT0.05S; it was not published");

    permits.release(10);
    assertThat(stuck).succeedsWithin(LONG);
    groupCommit.write(entry("next"));
    assertThat(batches).containsExactly(List.of("stuck"), List.of("next"));
  }

  @Test
  void fullQueueRefusesAsynchronousEventsAndMakesOthersWaitUntilTheDeadline() {
    GroupCommit groupCommit = groupCommit(Duration.ofMillis(50));
    Future<EventId> stuck = threads.submit(() -> groupCommit.write(entry("stuck")));
    await().atMost(LONG).until(() -> batches.size() == 1);
    List<CompletionStage<EventId>> waiting =
        IntStream.range(0, 10_000)
            .mapToObj(number -> groupCommit.writeLater(entry("event-" + number)))
            .toList();

    assertThat(groupCommit.writeLater(entry("one too many")))
        .failsWithin(LONG)
        .withThrowableThat()
        .withCauseInstanceOf(BroadcasterUnavailableException.class)
        .withMessageContaining("10000 events wait to be published already");
    assertThatThrownBy(() -> groupCommit.write(entry("another")))
        .isInstanceOf(BroadcasterUnavailableException.class);

    permits.release(100);
    assertThat(stuck).succeedsWithin(LONG);
    waiting.forEach(stage -> assertThat(stage).succeedsWithin(LONG));
    assertThat(batches.stream().mapToInt(List::size).sum()).isEqualTo(10_001);
  }

  @Test
  void badEntryFailsAlone() throws Exception {
    GroupCommit groupCommit = groupCommit(LONG);
    Future<EventId> first = threads.submit(() -> groupCommit.write(entry("first")));
    await().atMost(LONG).until(() -> batches.size() == 1);
    CompletionStage<EventId> good = groupCommit.writeLater(entry("good"));
    CompletionStage<EventId> bad = groupCommit.writeLater(entry("bad"));
    CompletionStage<EventId> also = groupCommit.writeLater(entry("also good"));
    permits.release(100);

    first.get();
    assertThat(good).succeedsWithin(LONG);
    assertThat(also).succeedsWithin(LONG);
    assertThat(bad).failsWithin(LONG).withThrowableThat().withMessageContaining("bad is bad");
  }

  @Test
  void whatDependsOnAnAsynchronousEventMayPublish() {
    permits.release(10);
    GroupCommit groupCommit = groupCommit(LONG);

    CompletionStage<EventId> second =
        groupCommit
            .writeLater(entry("first"))
            .thenApply(place -> groupCommit.write(entry("second")));

    assertThat(second).succeedsWithin(Duration.ofSeconds(5));
    assertThat(batches).containsExactly(List.of("first"), List.of("second"));
  }

  @Test
  void closeFailsWhatWaitsAndLetsTheRestFinish() {
    GroupCommit groupCommit = groupCommit(LONG);
    Future<EventId> first = threads.submit(() -> groupCommit.write(entry("first")));
    await().atMost(LONG).until(() -> batches.size() == 1);
    Future<EventId> second = threads.submit(() -> groupCommit.write(entry("second")));
    CompletionStage<EventId> third = groupCommit.writeLater(entry("third"));
    await().atMost(LONG).until(() -> groupCommit.waiting() == 2);

    groupCommit.close();
    permits.release(100);

    assertThat(first).succeedsWithin(LONG);
    assertThat(second)
        .failsWithin(LONG)
        .withThrowableThat()
        .withCauseInstanceOf(BroadcasterClosedException.class);
    assertThat(third)
        .failsWithin(LONG)
        .withThrowableThat()
        .withCauseInstanceOf(BroadcasterClosedException.class);
    assertThatThrownBy(() -> groupCommit.write(entry("late")))
        .isInstanceOf(BroadcasterClosedException.class);
    assertThat(batches).containsExactly(List.of("first"));
  }

  @Test
  void executorThatTakesNothingFailsTheEvent() {
    GroupCommit groupCommit =
        new GroupCommit(
            this::write,
            task -> {
              throw new RejectedExecutionException("stopping");
            },
            LONG);

    assertThat(groupCommit.writeLater(entry("a")))
        .failsWithin(LONG)
        .withThrowableThat()
        .withMessageContaining("takes no more tasks");
  }

  private GroupCommit groupCommit(Duration timeout) {
    return new GroupCommit(this::write, threads, timeout);
  }

  private List<EventId> write(List<Entry> entries) {
    List<String> methods =
        entries.stream()
            .map(entry -> EventCodec.decode(entry.encoded().json(), new EventId("e", 1)))
            .map(decoded -> ((LogEntry.Event) decoded.orElseThrow()).event().method())
            .toList();
    batches.add(methods);
    writers.add(Thread.currentThread());
    permits.acquireUninterruptibly();
    if (methods.contains("bad")) {
      throw new BroadcasterException("bad is bad");
    }
    return entries.stream().map(entry -> new EventId("e", offset.incrementAndGet())).toList();
  }

  private static Entry entry(String method) {
    return new Entry(new EventCodec(1_000).encode(ServerEvent.of(method), ""), Optional.empty());
  }
}
