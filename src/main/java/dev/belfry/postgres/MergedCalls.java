package dev.belfry.postgres;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.belfry.session.SessionStoreUnavailableException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Lets callers that ask at the same time share one statement. As long as few ask, each is served at
 * once, on his own thread and alone. Who comes while enough executions are under way waits; when
 * one of them ends, whoever has waited longest executes what all wait for, on his thread. So there
 * is no hand-off while it is idle, and the busier it is, the larger the batches. Thread-safe.
 *
 * <p>A batch keeps the order in which its requests came. Two executions that are under way at once
 * have none, so requests whose order matters need a {@code concurrency} of 1; several of these, of
 * which each takes a part of the ids, run side by side.
 *
 * @param <Q> what is asked
 * @param <A> what is answered
 */
final class MergedCalls<Q, A> implements AutoCloseable {

  private static final int CAPACITY = 10_000;

  private final IsolatedFailures<Q, A> executions;
  private final int concurrency;
  private final int maxBatch;
  private final int capacity;
  private final Duration patience;

  /** Held for a few instructions only, never while anything is executed or anybody woken. */
  private final ReentrantLock lock = new ReentrantLock();

  /** Guarded by {@link #lock}, as is all below. Empty unless all executions are under way. */
  private final Queue<Waiting<Q, A>> queue = new ArrayDeque<>();

  private int underWay;
  private boolean closed;

  /**
   * @param batches executes requests, in their order, and returns their outcomes, in the same
   *     order; if it throws, none of them was executed, and unless the failure is worth trying
   *     again they are executed in smaller batches, so that a bad one fails alone. Must not call
   *     back
   * @param concurrency how many executions may be under way at once
   * @param maxBatch how many requests one execution may have
   * @param patience how long a caller waits at most until his request's execution begins
   */
  MergedCalls(
      Function<List<Q>, List<Outcome<A>>> batches,
      int concurrency,
      int maxBatch,
      Duration patience) {
    this(batches, concurrency, maxBatch, CAPACITY, patience);
  }

  MergedCalls(
      Function<List<Q>, List<Outcome<A>>> batches,
      int concurrency,
      int maxBatch,
      int capacity,
      Duration patience) {
    this.executions = new IsolatedFailures<>(batches);
    this.concurrency = requirePositive("concurrency", concurrency);
    this.maxBatch = requirePositive("maxBatch", maxBatch);
    this.capacity = requirePositive("capacity", capacity);
    this.patience = requireNonNull(patience, "patience");
  }

  private static int requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1: " + value);
    }
    return value;
  }

  /**
   * Blocks until the request is answered.
   *
   * @throws SessionStoreUnavailableException if its turn does not come in time, if too many wait
   *     already, or if the thread is interrupted before its turn, in which case its flag is set
   *     again; nothing was done
   * @throws IllegalStateException after {@link #close()}, and if it waits when that comes
   * @throws RuntimeException as the request's outcome says
   */
  A call(Q request) {
    return begin(request).map(this::await).orElseGet(() -> executeAlone(request));
  }

  /** How many wait for an execution that has not begun. */
  int waiting() {
    lock.lock();
    try {
      return queue.size();
    } finally {
      lock.unlock();
    }
  }

  /** Returns how the request waits; empty if it need not. */
  private Optional<Waiting<Q, A>> begin(Q request) {
    lock.lock();
    try {
      if (closed) {
        throw closed();
      }
      if (underWay < concurrency) {
        underWay++;
        return Optional.empty();
      }
      if (queue.size() >= capacity) {
        throw new SessionStoreUnavailableException(
            "%d operations wait already; nothing was done. The database is too slow or away"
                .formatted(capacity),
            null);
      }
      Waiting<Q, A> waiting = new Waiting<>(request);
      queue.add(waiting);
      return Optional.of(waiting);
    } finally {
      lock.unlock();
    }
  }

  private A executeAlone(Q request) {
    List<Outcome<A>> outcomes;
    try {
      outcomes = executions.execute(List.of(request));
    } finally {
      passOn();
    }
    return outcomes.get(0).get();
  }

  private A await(Waiting<Q, A> waiting) {
    boolean interrupted = false;
    try {
      long deadline = System.nanoTime() + NANOSECONDS.convert(patience);
      while (waiting.phase == Phase.QUEUED || waiting.phase == Phase.TAKEN) {
        long left = deadline - System.nanoTime();
        if (waiting.phase == Phase.TAKEN) {
          LockSupport.park(this); // How long it takes is up to the driver's time limits.
        } else if (!interrupted && left > 0) {
          LockSupport.parkNanos(this, left);
        } else if (leave(waiting)) {
          throw tooLate(interrupted);
        }
        interrupted |= Thread.interrupted();
      }
      if (waiting.phase == Phase.LEADING) {
        executeWith(waiting);
      }
    } finally {
      if (interrupted) {
        // Not before: an interrupted leader's connection would fail for all who wait for him.
        Thread.currentThread().interrupt();
      }
    }
    return waiting
        .outcome
        .orElseThrow(() -> new IllegalStateException("The execution ended without an outcome"))
        .get();
  }

  private SessionStoreUnavailableException tooLate(boolean interrupted) {
    return new SessionStoreUnavailableException(
        interrupted
            ? "Interrupted before the operation began; nothing was done"
            : "The operation's turn did not come within %s; nothing was done. The database is too slow or away"
                .formatted(patience),
        null);
  }

  /** Whether it left the queue before its turn came. */
  private boolean leave(Waiting<Q, A> waiting) {
    lock.lock();
    try {
      return waiting.phase == Phase.QUEUED && queue.remove(waiting);
    } finally {
      lock.unlock();
    }
  }

  private void executeWith(Waiting<Q, A> leader) {
    List<Waiting<Q, A>> batch = List.of(leader);
    try {
      batch = take(leader);
      List<Outcome<A>> outcomes =
          executions.execute(batch.stream().map(taken -> taken.request).toList());
      for (int position = 0; position < batch.size(); position++) {
        batch.get(position).outcome = Optional.of(outcomes.get(position));
      }
    } finally {
      // First, so that the database has something to do while those here are woken.
      passOn();
      batch.forEach(taken -> taken.become(Phase.ANSWERED));
    }
  }

  private List<Waiting<Q, A>> take(Waiting<Q, A> leader) {
    lock.lock();
    try {
      int size = Math.min(queue.size() + 1, maxBatch);
      List<Waiting<Q, A>> batch = new ArrayList<>(size);
      batch.add(leader);
      while (batch.size() < size) {
        Waiting<Q, A> next = queue.remove();
        next.phase = Phase.TAKEN;
        batch.add(next);
      }
      return batch;
    } finally {
      lock.unlock();
    }
  }

  /** An execution has ended: whoever has waited longest takes its place. */
  private void passOn() {
    Waiting<Q, A> next;
    lock.lock();
    try {
      next = queue.poll();
      if (next == null) {
        underWay--;
        return;
      }
      next.phase = Phase.LEADING;
    } finally {
      lock.unlock();
    }
    LockSupport.unpark(next.thread);
  }

  /** Fails what waits. What is being executed goes on. Idempotent. */
  @Override
  public void close() {
    List<Waiting<Q, A>> failed;
    lock.lock();
    try {
      closed = true;
      failed = List.copyOf(queue);
      queue.clear();
      failed.forEach(waiting -> waiting.phase = Phase.TAKEN);
    } finally {
      lock.unlock();
    }
    for (Waiting<Q, A> waiting : failed) {
      waiting.outcome = Optional.of(new Outcome.Failure<>(closed()));
      waiting.become(Phase.ANSWERED);
    }
  }

  private static IllegalStateException closed() {
    return new IllegalStateException("The session store is closed");
  }

  private enum Phase {
    /** In the queue; can be left. */
    QUEUED,
    /** Out of the queue, in somebody else's batch. */
    TAKEN,
    /** Out of the queue, to execute what waits. */
    LEADING,
    ANSWERED
  }

  /** A request and who waits for it. */
  private static final class Waiting<Q, A> {
    private final Q request;
    private final Thread thread = Thread.currentThread();

    /** Leaves {@link Phase#QUEUED} with the lock held only. */
    private volatile Phase phase = Phase.QUEUED;

    /** Written before, and read after, it is {@link Phase#ANSWERED}. */
    private Optional<Outcome<A>> outcome = Optional.empty();

    Waiting(Q request) {
      this.request = request;
    }

    void become(Phase next) {
      phase = next;
      LockSupport.unpark(thread);
    }
  }
}
