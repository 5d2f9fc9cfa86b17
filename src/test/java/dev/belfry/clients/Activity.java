package dev.belfry.clients;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Does something again and again, on a thread of its own, until it is closed or that fails. */
final class Activity implements AutoCloseable {

  /** What is done. */
  interface Step {
    void run(int number) throws Exception;
  }

  private final Step step;
  private final Duration pause;
  private final Thread thread;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final AtomicInteger steps = new AtomicInteger();
  private volatile Optional<Throwable> failure = Optional.empty();

  /** Begins at once, with the number 0. */
  Activity(String name, Duration pause, Step step) {
    this.step = step;
    this.pause = pause;
    this.thread = new Thread(this::run, name);
    thread.start();
  }

  private void run() {
    try {
      do {
        step.run(steps.get());
        steps.incrementAndGet();
      } while (!stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS));
    } catch (Exception | AssertionError thrown) {
      // The boundary of the thread: whatever a user is told counts.
      failure = Optional.of(thrown);
    }
  }

  /** How many steps have succeeded. */
  int steps() {
    return steps.get();
  }

  /** What ended it too early; empty as long as nothing has. */
  Optional<Throwable> failure() {
    return failure;
  }

  /** Finishes the step under way and begins no other. Idempotent. */
  @Override
  public void close() throws InterruptedException {
    stopping.countDown();
    thread.join();
  }
}
