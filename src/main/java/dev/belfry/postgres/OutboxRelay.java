package dev.belfry.postgres;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/**
 * Moves events from the outbox to the log: at once when this replica has committed some, and again
 * and again what others have left there, who may have died after their commit. Thread-safe.
 */
final class OutboxRelay implements AutoCloseable {

  private static final Logger LOG = System.getLogger(OutboxRelay.class.getName());

  /** How often to look for what others have left. */
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  private final DataSource dataSource;
  private final Outbox outbox;
  private final LogWriter writer;
  private final Executor executor;
  private final ScheduledExecutorService scheduler;

  /** How many have asked since the last look; the first of them looks. */
  private final AtomicInteger asked = new AtomicInteger();

  /** How many wait for the timer. */
  private final AtomicInteger waiting = new AtomicInteger();

  private volatile boolean closed;

  /** Guarded by this. */
  private ScheduledFuture<?> looking;

  OutboxRelay(
      DataSource dataSource,
      Outbox outbox,
      LogWriter writer,
      Executor executor,
      ScheduledExecutorService scheduler) {
    this.dataSource = dataSource;
    this.outbox = outbox;
    this.writer = writer;
    this.executor = executor;
    this.scheduler = scheduler;
  }

  /** Begins to look regularly. Idempotent. */
  synchronized void start() {
    if (looking == null && !closed) {
      looking =
          scheduler.scheduleWithFixedDelay(
              this::look, INTERVAL.toMillis(), INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** Moves what is due, soon, on another thread. */
  void moveSoon() {
    if (asked.getAndIncrement() > 0) {
      return;
    }
    try {
      executor.execute(this::moveAll);
    } catch (RejectedExecutionException stopping) {
      asked.set(0);
      LOG.log(Level.DEBUG, "The server takes no more tasks: another replica moves it", stopping);
    }
  }

  /** Moves what is due when that time has passed; one timer is enough for all who wait. */
  void moveAfter(Duration delay) {
    if (waiting.getAndIncrement() == 0) {
      arm(delay, 1);
    }
  }

  private void arm(Duration delay, int waitingThen) {
    try {
      // Nobody waits for it: the moving reports its own failures.
      ScheduledFuture<?> unused =
          scheduler.schedule(
              () -> {
                moveSoon();
                // Who has come since then has to wait for as long as the first one had.
                int since = waiting.addAndGet(-waitingThen);
                if (since > 0) {
                  arm(delay, since);
                }
              },
              delay.toNanos(),
              TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException stopping) {
      waiting.set(0);
      LOG.log(Level.DEBUG, "The server takes no more tasks: another replica moves it", stopping);
    }
  }

  private void moveAll() {
    int answered;
    do {
      answered = asked.get();
      try {
        move();
      } catch (Error failure) {
        asked.set(0); // Or nobody would ever move anything again.
        throw failure;
      }
      // Who asked during the move may have put something in after it.
    } while (asked.addAndGet(-answered) > 0);
  }

  // The boundary of its tasks. What fails is tried again at the next look.
  private void move() {
    try {
      boolean more = true;
      while (more && !closed) {
        more = writer.moveOutbox();
      }
    } catch (SQLException failure) {
      LOG.log(
          SqlFailures.isPassing(failure) ? Level.DEBUG : Level.WARNING,
          "Events of committed transactions wait in the outbox, next try in {0}: {1}",
          INTERVAL,
          SqlFailures.describe(failure));
      LOG.log(Level.DEBUG, "The failure of the outbox", failure);
    } catch (RuntimeException failure) {
      LOG.log(Level.ERROR, "Events of committed transactions wait in the outbox", failure);
    }
  }

  private void look() {
    try (Connection connection = dataSource.getConnection()) {
      if (!closed && outbox.isAnythingDue(connection)) {
        moveSoon();
      }
    } catch (SQLException | RuntimeException failure) {
      // The scheduler drops a task that throws. That the database is away others say.
      LOG.log(Level.DEBUG, "The outbox was not looked at this time", failure);
    }
  }

  /** Stops looking. What is committed another replica moves, or this one after its restart. */
  @Override
  public synchronized void close() {
    closed = true;
    if (looking != null) {
      looking.cancel(false);
    }
  }
}
