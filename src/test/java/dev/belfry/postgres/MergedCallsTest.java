package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belfry.session.SessionStoreUnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class MergedCallsTest {

  private static final Duration LONG = Duration.ofSeconds(10);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<List<String>> batches = new CopyOnWriteArrayList<>();
  private final List<Thread> executors = new CopyOnWriteArrayList<>();

  /** How many batches may be executed; the others wait for more. */
  private final Semaphore permits = new Semaphore(0);

  private Optional<Future<String>> first = Optional.empty();

  @AfterEach
  void stop() throws InterruptedException {
    permits.release(1_000_000);
    threads.shutdown();
    assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void idleCallerIsServedAloneOnHisOwnThread() {
    permits.release(2);
    MergedCalls<String, String> calls = calls(1);

    assertThat(calls.call("a")).isEqualTo("answer to a");
    assertThat(calls.call("b")).isEqualTo("answer to b");

    assertThat(batches).containsExactly(List.of("a"), List.of("b"));
    assertThat(executors).containsOnly(Thread.currentThread());
  }

  @Test
  void asManyAsAllowedAreExecutedAtOnce() {
    MergedCalls<String, String> calls = calls(3);

    List<Future<String>> first =
        Stream.of("a", "b", "c").map(request -> submit(calls, request)).toList();
    eventually(() -> batches.size() == 3);
    Future<String> fourth = enqueue(calls, "d");

    assertThat(batches).containsExactlyInAnyOrder(List.of("a"), List.of("b"), List.of("c"));
    permits.release(4);
    first.forEach(answer -> assertThat(answer).succeedsWithin(LONG));
    assertThat(fourth).succeedsWithin(LONG);
  }

  @Test
  void whoWaitsSharesTheNextBatchInOrderOfArrival() throws Exception {
    MergedCalls<String, String> calls = calls(1);
    occupy(calls);
    List<String> requests = IntStream.range(0, 20).mapToObj(number -> "later " + number).toList();
    List<Future<String>> later = enqueueAll(calls, requests);
    permits.release(2);

    assertThat(first.orElseThrow().get()).isEqualTo("answer to first");
    for (int number = 0; number < 20; number++) {
      assertThat(later.get(number).get()).isEqualTo("answer to later " + number);
    }
    assertThat(batches).containsExactly(List.of("first"), requests);
  }

  @Test
  void firstWhoWaitsExecutesForAll() throws Exception {
    MergedCalls<String, String> calls = calls(1);
    occupy(calls);
    PlainCall leader = new PlainCall(calls, "a");
    PlainCall follower = new PlainCall(calls, "b");
    permits.release(2);

    leader.thread.join();
    follower.thread.join();
    assertThat(batches).containsExactly(List.of("first"), List.of("a", "b"));
    assertThat(executors.get(1)).isSameAs(leader.thread);
  }

  @Test
  void batchHasNoMoreThanAllowedAndTheRestFollows() {
    MergedCalls<String, String> calls = new MergedCalls<>(this::execute, 1, 2, LONG);
    occupy(calls);
    List<Future<String>> later = enqueueAll(calls, List.of("a", "b", "c", "d", "e"));
    permits.release(10);

    later.forEach(answer -> assertThat(answer).succeedsWithin(LONG));
    assertThat(batches)
        .containsExactly(List.of("first"), List.of("a", "b"), List.of("c", "d"), List.of("e"));
  }

  @Test
  void requestThatFailsByItsOutcomeFailsAlone() {
    MergedCalls<String, String> calls = calls(1);
    occupy(calls);
    List<Future<String>> later = enqueueAll(calls, List.of("good", "refused", "also good"));
    permits.release(2);

    assertThat(later.get(0)).succeedsWithin(LONG);
    assertThat(failure(later.get(1))).hasMessage("refused");
    assertThat(later.get(2)).succeedsWithin(LONG);
    assertThat(batches).hasSize(2);
  }

  @Test
  void requestThatLetsItsBatchFailFailsAlone() {
    MergedCalls<String, String> calls = calls(1);
    occupy(calls);
    List<Future<String>> later = enqueueAll(calls, List.of("good", "bad", "also good"));
    permits.release(100);

    assertThat(later.get(0)).succeedsWithin(LONG);
    assertThat(failure(later.get(1))).isInstanceOf(ArithmeticException.class).hasMessage("bad");
    assertThat(later.get(2)).succeedsWithin(LONG);
  }

  @Test
  void failureOfTheDatabaseReachesAllWithoutAnotherAttempt() {
    MergedCalls<String, String> calls = calls(1);
    occupy(calls);
    List<Future<String>> later = enqueueAll(calls, List.of("a", "database away", "b"));
    permits.release(2);

    later.forEach(
        answer -> assertThat(failure(answer)).isInstanceOf(SessionStoreUnavailableException.class));
    assertThat(batches).hasSize(2);
  }

  @Test
  void errorReachesAllAndTheNextAreServed() {
    MergedCalls<String, String> calls = calls(1);
    occupy(calls);
    List<Future<String>> later = enqueueAll(calls, List.of("a", "out of memory", "b"));
    permits.release(100);

    later.forEach(answer -> assertThat(failure(answer)).isInstanceOf(OutOfMemoryError.class));
    assertThat(batches).hasSize(2);
    assertThat(calls.call("next")).isEqualTo("answer to next");
  }

  @Test
  void failureOfACallerServedAloneIsHisOwn() {
    permits.release(3);
    MergedCalls<String, String> calls = calls(1);

    assertThatThrownBy(() -> calls.call("bad")).isInstanceOf(ArithmeticException.class);
    assertThatThrownBy(() -> calls.call("out of memory")).isInstanceOf(OutOfMemoryError.class);
    assertThat(calls.call("good")).isEqualTo("answer to good");
  }

  @Test
  void outcomesThatAreNotOneEachFailAllWithoutAnotherAttempt() {
    MergedCalls<String, String> calls = calls(1);
    occupy(calls);
    List<Future<String>> later = enqueueAll(calls, List.of("a", "miscounted"));
    permits.release(2);

    later.forEach(
        answer ->
            assertThat(failure(answer))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("2 requests had 1 outcomes"));
    assertThat(batches).hasSize(2);
  }

  @Test
  void whoseTurnDoesNotComeInTimeIsToldAndNotServed() {
    MergedCalls<String, String> calls =
        new MergedCalls<>(this::execute, 1, 100, Duration.ofMillis(50));
    occupy(calls);

    assertThatThrownBy(() -> calls.call("late"))
        .isInstanceOf(SessionStoreUnavailableException.class)
        .hasMessageContaining("did not come within PT0.05S; nothing was done");

    assertThat(calls.waiting()).isZero();
    permits.release(10);
    assertThat(first.orElseThrow()).succeedsWithin(LONG);
    calls.call("next");
    assertThat(batches).containsExactly(List.of("first"), List.of("next"));
  }

  @Test
  void whoIsInABatchAlreadyWaitsForItBeyondHisPatience() throws Exception {
    MergedCalls<String, String> calls =
        new MergedCalls<>(this::execute, 1, 100, Duration.ofSeconds(2));
    occupy(calls);
    Future<String> leader = enqueue(calls, "leader");
    PlainCall follower = new PlainCall(calls, "follower");
    permits.release();
    eventually(() -> batches.size() == 2);

    // Not TIMED_WAITING: the time is over.
    eventually(() -> follower.thread.getState() == Thread.State.WAITING);
    permits.release();

    assertThat(leader).succeedsWithin(LONG);
    follower.thread.join();
    assertThat(follower.answers).containsExactly("answer to follower");
  }

  @Test
  void whoIsInterruptedBeforeHisTurnIsToldAndNotServed() throws Exception {
    MergedCalls<String, String> calls = calls(1);
    occupy(calls);
    PlainCall waiting = new PlainCall(calls, "interrupted");

    waiting.thread.interrupt();

    waiting.thread.join();
    assertThat(waiting.failure)
        .hasOnlyElementsOfType(SessionStoreUnavailableException.class)
        .first()
        .hasToString(
            SessionStoreUnavailableException.class.getName()
                + ": Interrupted before the operation began; nothing was done");
    assertThat(waiting.flags).containsExactly(true);
    assertThat(calls.waiting()).isZero();
    permits.release(10);
    assertThat(first.orElseThrow()).succeedsWithin(LONG);
    assertThat(batches).containsExactly(List.of("first"));
  }

  @Test
  void whoIsInterruptedWithinABatchGetsHisAnswerAndKeepsTheFlag() throws Exception {
    MergedCalls<String, String> calls = calls(1);
    occupy(calls);
    Future<String> leader = enqueue(calls, "leader");
    PlainCall follower = new PlainCall(calls, "follower");
    permits.release();
    eventually(() -> batches.size() == 2);

    follower.thread.interrupt();
    eventually(() -> !follower.thread.isInterrupted()); // It took notice.
    permits.release();

    follower.thread.join();
    assertThat(leader).succeedsWithin(LONG);
    assertThat(follower.answers).containsExactly("answer to follower");
    assertThat(follower.flags).containsExactly(true);
  }

  @Test
  void fullQueueRefusesAtOnce() {
    MergedCalls<String, String> calls = new MergedCalls<>(this::execute, 1, 100, 2, LONG);
    occupy(calls);
    List<Future<String>> later = enqueueAll(calls, List.of("a", "b"));

    assertThatThrownBy(() -> calls.call("one too many"))
        .isInstanceOf(SessionStoreUnavailableException.class)
        .hasMessageContaining("2 operations wait already; nothing was done");

    permits.release(2);
    later.forEach(answer -> assertThat(answer).succeedsWithin(LONG));
    assertThat(batches).containsExactly(List.of("first"), List.of("a", "b"));
  }

  @Test
  void closeFailsWhoWaitsAndLetsTheRestFinish() {
    MergedCalls<String, String> calls = calls(1);
    occupy(calls);
    Future<String> waiting = enqueue(calls, "waiting");

    calls.close();
    calls.close();

    assertThat(failure(waiting))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("The session store is closed");
    permits.release(10);
    assertThat(first.orElseThrow()).succeedsWithin(LONG);
    assertThatThrownBy(() -> calls.call("late")).isInstanceOf(IllegalStateException.class);
    assertThat(batches).containsExactly(List.of("first"));
  }

  @Test
  void limitsBelowOneAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MergedCalls<>(this::execute, 0, 1, LONG))
        .withMessage("concurrency must be at least 1: 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MergedCalls<>(this::execute, 1, 0, LONG))
        .withMessage("maxBatch must be at least 1: 0");
  }

  @Test
  void everyCallerGetsHisOwnAnswerWhateverIsMerged() throws Exception {
    AtomicInteger underWay = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    MergedCalls<Integer, Integer> calls =
        new MergedCalls<>(
            numbers -> {
              most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
              try {
                return numbers.stream().map(MergedCallsTest::twice).toList();
              } finally {
                underWay.decrementAndGet();
              }
            },
            2,
            7,
            LONG);
    List<Future<Integer>> callers =
        IntStream.range(0, 32)
            .mapToObj(caller -> threads.submit(() -> ask(calls, caller)))
            .toList();

    for (Future<Integer> caller : callers) {
      assertThat(caller.get()).isEqualTo(2_000);
    }
    assertThat(most.get()).isLessThanOrEqualTo(2);
    assertThat(calls.waiting()).isZero();
  }

  /** Returns how many answers were right. */
  private static int ask(MergedCalls<Integer, Integer> calls, int caller) {
    int right = 0;
    for (int call = 0; call < 2_000; call++) {
      int number = caller * 2_000 + call;
      try {
        right += calls.call(number) == 2 * number ? 1 : 0;
      } catch (ArithmeticException refused) {
        right += refused.getMessage().equals("" + number) ? 1 : 0;
      }
    }
    return right;
  }

  private static Outcome<Integer> twice(int number) {
    if (number % 1_000 == 7) {
      throw new ArithmeticException("" + number); // The batch's, and its own when it is alone.
    }
    return number % 10 == 3
        ? new Outcome.Failure<>(new ArithmeticException("" + number))
        : new Outcome.Answer<>(2 * number);
  }

  private MergedCalls<String, String> calls(int concurrency) {
    return new MergedCalls<>(this::execute, concurrency, 100, LONG);
  }

  private Future<String> submit(MergedCalls<String, String> calls, String request) {
    return threads.submit(() -> calls.call(request));
  }

  /** Lets an execution begin that needs a permit to end. */
  private void occupy(MergedCalls<String, String> calls) {
    first = Optional.of(submit(calls, "first"));
    eventually(() -> batches.size() == 1);
  }

  private Future<String> enqueue(MergedCalls<String, String> calls, String request) {
    int before = calls.waiting();
    Future<String> answer = submit(calls, request);
    eventually(() -> calls.waiting() == before + 1);
    return answer;
  }

  private List<Future<String>> enqueueAll(
      MergedCalls<String, String> calls, List<String> requests) {
    return requests.stream().map(request -> enqueue(calls, request)).toList();
  }

  private static void eventually(Callable<Boolean> condition) {
    await().atMost(LONG).pollInterval(Duration.ofMillis(2)).until(condition);
  }

  private static Throwable failure(Future<?> answer) {
    try {
      throw new AssertionError("There is an answer: " + answer.get(10, TimeUnit.SECONDS));
    } catch (ExecutionException failure) {
      return failure.getCause();
    } catch (Exception unexpected) {
      throw new AssertionError(unexpected);
    }
  }

  private List<Outcome<String>> execute(List<String> requests) {
    batches.add(List.copyOf(requests));
    executors.add(Thread.currentThread());
    permits.acquireUninterruptibly();
    if (requests.contains("bad")) {
      throw new ArithmeticException("bad");
    }
    if (requests.contains("database away")) {
      throw new SessionStoreUnavailableException("away", null);
    }
    if (requests.contains("out of memory")) {
      throw new OutOfMemoryError("not really");
    }
    return requests.stream()
        .filter(request -> !request.equals("miscounted"))
        .map(MergedCallsTest::outcome)
        .toList();
  }

  private static Outcome<String> outcome(String request) {
    return request.equals("refused")
        ? new Outcome.Failure<>(new IllegalArgumentException(request))
        : new Outcome.Answer<>("answer to " + request);
  }

  /** A call on a thread of its own, which waits when the constructor returns. */
  private static final class PlainCall {
    private final List<String> answers = new CopyOnWriteArrayList<>();
    private final List<RuntimeException> failure = new CopyOnWriteArrayList<>();

    /** Whether the thread was interrupted when the call was over. */
    private final List<Boolean> flags = new CopyOnWriteArrayList<>();

    private final Thread thread;

    PlainCall(MergedCalls<String, String> calls, String request) {
      int before = calls.waiting();
      thread = new Thread(() -> run(calls, request));
      thread.start();
      eventually(() -> calls.waiting() == before + 1);
    }

    private void run(MergedCalls<String, String> calls, String request) {
      try {
        answers.add(calls.call(request));
      } catch (RuntimeException thrown) {
        failure.add(thrown);
      }
      flags.add(Thread.currentThread().isInterrupted());
    }
  }
}
