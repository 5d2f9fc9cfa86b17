package dev.belfry.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belfry.testkit.SettableClock;
import jakarta.json.JsonValue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SessionActivityTest {

  private static final Duration INTERVAL = Duration.ofMinutes(1);
  private static final Duration WINDOW = Duration.ofSeconds(5);
  private static final Duration LIFETIME = Duration.ofMinutes(30);

  private final SettableClock clock = new SettableClock();
  private final SettableScheduler scheduler = new SettableScheduler();
  private final TouchLog log = new TouchLog();
  private final SessionActivity activity =
      new SessionActivity(log.store(), INTERVAL, WINDOW, scheduler.executor(), clock);

  @Test
  void whatIsNotedWithinAWindowIsTouchedTogether() throws Exception {
    assertThat(scheduler.delays()).isEmpty();
    activity.note(session("a"));
    activity.note(session("b"));

    assertThat(log.calls()).isEmpty();
    assertThat(scheduler.delays()).containsExactly(WINDOW);
    scheduler.run();

    assertThat(log.calls()).hasSize(1);
    assertThat(log.ids()).containsExactlyInAnyOrder("a", "b");
    assertThat(scheduler.delays()).isEmpty();
  }

  @Test
  void sessionIsNotTouchedAgainBeforeTheIntervalHasPassed() throws Exception {
    activity.note(session("a"));
    activity.note(session("a"));
    scheduler.run();
    clock.pass(INTERVAL.minusMillis(1));
    activity.note(session("a"));
    assertThat(scheduler.delays()).isEmpty();

    clock.pass(Duration.ofMillis(1));
    activity.note(session("a"));
    scheduler.run();

    assertThat(log.calls()).containsExactly(List.of("a"), List.of("a"));
  }

  @Test
  void intervalBeginsWithTheTouchAndNotWithTheNote() throws Exception {
    activity.note(session("a"));
    clock.pass(WINDOW);
    scheduler.run();

    clock.pass(INTERVAL.minusMillis(1));
    activity.note(session("a"));

    assertThat(scheduler.delays()).isEmpty();
  }

  @Test
  void sessionThatAnotherReplicaTouchedNotLongAgoIsNotTouched() {
    activity.note(session("a", clock.instant(), LIFETIME));
    activity.note(session("b", clock.instant().minus(INTERVAL).plusMillis(1), LIFETIME));

    assertThat(activity.waiting()).isZero();
  }

  @Test
  void replicaWhoseClockIsBehindStillTouches() {
    activity.note(session("a", clock.instant().plus(INTERVAL).minusMillis(1), LIFETIME));
    assertThat(activity.waiting()).isZero();

    activity.note(session("a", clock.instant().plus(INTERVAL), LIFETIME));
    assertThat(activity.waiting()).isEqualTo(1);
  }

  @Test
  void staleSnapshotDoesNotCauseAnotherTouch() throws Exception {
    Session stale = session("a");
    activity.note(stale);
    scheduler.run();

    clock.pass(INTERVAL.dividedBy(2));
    activity.note(stale);

    assertThat(activity.waiting()).isZero();
  }

  @Test
  void shortLivedSessionIsTouchedAfterAThirdOfItsTimeAndSooner() throws Exception {
    Duration lifetime = Duration.ofSeconds(9);
    Duration third = Duration.ofSeconds(3);
    activity.note(session("a", clock.instant().minus(third).plusMillis(1), lifetime));
    assertThat(activity.waiting()).isZero();

    activity.note(session("a", clock.instant().minus(third), lifetime));

    assertThat(scheduler.delays()).containsExactly(third);
    scheduler.run();
    clock.pass(third);
    activity.note(session("a", clock.instant().minus(third), lifetime));
    assertThat(activity.waiting()).isEqualTo(1);
  }

  @Test
  void shortLivedSessionBringsTheFlushForward() throws Exception {
    activity.note(session("long"));
    activity.note(session("short", clock.instant().minusSeconds(2), Duration.ofSeconds(3)));
    activity.note(session("long-too"));

    assertThat(scheduler.delays()).containsExactly(Duration.ofSeconds(1));
    scheduler.run();

    assertThat(log.ids()).containsExactlyInAnyOrder("long", "short", "long-too");
    assertThat(activity.waiting()).isZero();
  }

  @Test
  void sessionWithoutTimeLeftIsNotTouchedAllTheTime() {
    activity.note(session("a", clock.instant().minusSeconds(9), Duration.ZERO));

    assertThat(scheduler.delays()).containsExactly(Duration.ofMillis(10));
  }

  @Test
  void sessionThatSomebodyIsChangingIsTouchedInTheNextWindow() throws Exception {
    log.busy().add("busy");
    activity.note(session("busy"));
    activity.note(session("other"));
    scheduler.run();

    assertThat(scheduler.delays()).containsExactly(WINDOW);
    log.busy().clear();
    scheduler.run();

    assertThat(log.calls()).hasSize(2);
    assertThat(log.calls().get(1)).containsExactly("busy");
    assertThat(scheduler.delays()).isEmpty();
  }

  @Test
  void sessionThatIsGoneIsNotTriedAgain() throws Exception {
    log.gone().add("gone");
    activity.note(session("gone"));
    scheduler.run();

    assertThat(scheduler.delays()).isEmpty();
    assertThat(activity.waiting()).isZero();
  }

  @Test
  void whatFailedIsTouchedInTheNextWindow() throws Exception {
    log.beforeTouch(SessionActivityTest::unavailable);
    activity.note(session("a"));
    activity.note(session("short", clock.instant().minusSeconds(2), Duration.ofSeconds(3)));
    scheduler.run();

    assertThat(scheduler.delays()).containsExactly(WINDOW); // Not in a hurry.
    clock.pass(INTERVAL);
    activity.note(session("a"));
    log.beforeTouch(() -> {});
    scheduler.run();

    assertThat(log.calls()).hasSize(2);
    assertThat(log.calls().get(1)).containsExactlyInAnyOrder("a", "short");
    assertThat(activity.waiting()).isZero();
    assertThat(scheduler.delays()).isEmpty();
  }

  @Test
  void errorLosesNothing() {
    log.beforeTouch(
        () -> {
          throw new OutOfMemoryError("not really");
        });
    activity.note(session("a"));

    assertThatThrownBy(activity::flush).isInstanceOf(OutOfMemoryError.class);

    assertThat(activity.waiting()).isEqualTo(1);
    assertThat(scheduler.delays()).containsExactly(WINDOW);
  }

  @Test
  void manyAreTouchedInBatches() throws Exception {
    noteMany(2_500);
    scheduler.run();

    assertThat(log.calls()).extracting(List::size).containsExactly(1_000, 1_000, 500);
    assertThat(log.ids()).doesNotHaveDuplicates();
  }

  @Test
  void whenTheStoreIsAwayOnlyOneBatchIsTried() throws Exception {
    log.beforeTouch(SessionActivityTest::unavailable);
    noteMany(2_500);
    scheduler.run();

    assertThat(log.calls()).hasSize(1);
    assertThat(activity.waiting()).isEqualTo(2_500);
  }

  @Test
  void batchThatIsRefusedDoesNotHinderTheOthers() throws Exception {
    noteMany(2_500);
    log.beforeTouch(
        () -> {
          if (log.calls().size() == 1) {
            throw new SessionStoreException("not these");
          }
        });
    scheduler.run();

    assertThat(log.calls()).hasSize(3);
    assertThat(activity.waiting()).isEqualTo(1_000);
  }

  @Test
  void whenTooManyWaitOthersAreDroppedWithOneWarning() throws Exception {
    try (Warnings warnings = new Warnings()) {
      noteMany(100_002);

      assertThat(activity.waiting()).isEqualTo(100_000);
      assertThat(warnings.messages).singleElement().asString().contains("sessions wait to be");
      scheduler.run();
      assertThat(activity.waiting()).isZero();

      activity.note(session("session-100001"));
      assertThat(activity.waiting()).isEqualTo(1);
      assertThat(warnings.messages).hasSize(1);
    }
  }

  @Test
  void killedReplicaLosesOnlyWhatWasNotedWithinTheWindow() throws Exception {
    activity.note(session("early"));
    scheduler.run();
    activity.note(session("late"));

    // Killed here, before the window has passed.
    assertThat(scheduler.delays()).containsExactly(WINDOW);
    assertThat(log.ids()).containsExactly("early");
  }

  @Test
  void closeFlushesOnceAndTakesNoMoreNotes() {
    activity.note(session("a"));

    activity.close();
    activity.note(session("b"));
    activity.close();

    assertThat(log.calls()).containsExactly(List.of("a"));
    assertThat(scheduler.delays()).isEmpty();
    assertThat(activity.waiting()).isZero();
  }

  @Test
  void closeWhenTheStoreIsAwayEndsWithAWarning() {
    try (Warnings warnings = new Warnings()) {
      log.beforeTouch(SessionActivityTest::unavailable);
      activity.note(session("a"));

      activity.close();

      assertThat(log.calls()).hasSize(1);
      assertThat(scheduler.delays()).isEmpty();
      assertThat(warnings.messages).singleElement().asString().contains("could not be touched");
    }
  }

  @Test
  void schedulerThatStopsLeavesTheFlushToTheClose() {
    scheduler.stop();
    activity.note(session("a"));
    activity.note(session("b"));
    assertThat(log.calls()).isEmpty();

    activity.close();

    assertThat(log.ids()).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void closeWaitsForTheFlushUnderWayAndThenFlushesTheRest() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    log.busy().add("busy");
    log.beforeTouch(
        () -> {
          asked.countDown();
          awaitUninterruptibly(answer);
        });
    activity.note(session("busy"));
    ExecutorService threads = Executors.newCachedThreadPool();
    Future<?> flush = threads.submit(activity::flush);
    asked.await();
    activity.note(session("meanwhile"));
    Thread closing = new Thread(activity::close);
    closing.start();
    await().until(() -> closing.getState() == Thread.State.WAITING);

    log.busy().clear();
    answer.countDown();

    assertThat(flush).succeedsWithin(Duration.ofSeconds(10));
    closing.join();
    threads.shutdown();
    assertThat(log.ids()).contains("busy", "meanwhile");
    assertThat(activity.waiting()).isZero();
  }

  @Test
  void schedulersThreadDoesNotWaitForAnotherFlush() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    log.beforeTouch(
        () -> {
          asked.countDown();
          awaitUninterruptibly(answer);
        });
    activity.note(session("a"));
    ExecutorService threads = Executors.newCachedThreadPool();
    Future<?> flush = threads.submit(activity::flush);
    asked.await();
    activity.note(session("b"));

    scheduler.run();

    assertThat(log.ids()).containsExactly("a");
    assertThat(scheduler.delays()).containsExactly(WINDOW);
    answer.countDown();
    assertThat(flush).succeedsWithin(Duration.ofSeconds(10));
    threads.shutdown();
    scheduler.run();
    assertThat(log.ids()).containsExactly("a", "b");
  }

  @Test
  void manyThreadsThatNoteTheSameSessionsTouchEachOnce() throws Exception {
    List<Session> sessions =
        IntStream.range(0, 100).mapToObj(number -> session("session-" + number)).toList();
    CountDownLatch start = new CountDownLatch(1);
    ExecutorService threads = Executors.newFixedThreadPool(17);
    List<Future<?>> tasks = new ArrayList<>();
    for (int thread = 0; thread < 16; thread++) {
      tasks.add(
          threads.submit(
              () -> {
                awaitUninterruptibly(start);
                sessions.forEach(activity::note);
              }));
    }
    tasks.add(threads.submit(activity::flush));
    start.countDown();
    for (Future<?> task : tasks) {
      task.get();
    }
    threads.shutdown();
    activity.flush();

    assertThat(log.ids())
        .containsExactlyInAnyOrderElementsOf(sessions.stream().map(Session::id).toList());
  }

  @Test
  void sessionsWhoseIntervalHasPassedAreForgotten() throws Exception {
    noteMany(100);
    scheduler.run();
    assertThat(activity.remembered()).isEqualTo(100);

    clock.pass(INTERVAL);
    activity.note(session("another"));
    scheduler.run();

    assertThat(activity.remembered()).isEqualTo(1);
  }

  @Test
  void senselessArgumentsAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> activity.note(session("no blanks")))
        .withMessageContaining("visible ASCII");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new SessionActivity(
                    log.store(), INTERVAL, Duration.ofMillis(-1), scheduler.executor()))
        .withMessage("window must be positive: PT-0.001S");
  }

  private void noteMany(int count) {
    IntStream.range(0, count).forEach(number -> activity.note(session("session-" + number)));
  }

  private static void unavailable() {
    throw new SessionStoreUnavailableException("away", null);
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interruption) {
      throw new AssertionError(interruption);
    }
  }

  /** A session that was last active an interval ago. */
  private Session session(String id) {
    return session(id, clock.instant().minus(INTERVAL), LIFETIME);
  }

  private static Session session(String id, Instant lastActiveAt, Duration lifetime) {
    return new Session(
        id,
        "user",
        lastActiveAt,
        lastActiveAt,
        lastActiveAt.plus(lifetime),
        JsonValue.EMPTY_JSON_OBJECT,
        0,
        JsonValue.EMPTY_JSON_OBJECT);
  }

  /** What the class under test warns of, instead of on the console. */
  private static final class Warnings extends Handler implements AutoCloseable {
    private final List<String> messages = new CopyOnWriteArrayList<>();
    private final Logger logger = Logger.getLogger(SessionActivity.class.getName());

    Warnings() {
      logger.addHandler(this);
      logger.setUseParentHandlers(false);
    }

    @Override
    public void publish(LogRecord entry) {
      if (entry.getLevel().intValue() >= Level.WARNING.intValue()) {
        messages.add(entry.getMessage());
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
      logger.removeHandler(this);
      logger.setUseParentHandlers(true);
    }
  }
}
