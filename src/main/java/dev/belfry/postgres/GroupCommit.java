package dev.belfry.postgres;

import static java.util.Objects.requireNonNull;

import dev.belfry.event.BroadcasterClosedException;
import dev.belfry.event.BroadcasterException;
import dev.belfry.event.BroadcasterUnavailableException;
import dev.belfry.event.EventId;
import dev.belfry.postgres.LogWriter.Entry;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Lets those who publish at the same time share a commit. Whoever comes first writes, on his own
 * thread; whoever comes meanwhile waits, and the first of those then writes for all of them. So
 * there is no hand-off while nobody else publishes, and the busier it is, the larger the batches.
 * Thread-safe.
 */
final class GroupCommit implements AutoCloseable {

  private static final Logger LOG = System.getLogger(GroupCommit.class.getName());

  private static final int CAPACITY = 10_000;
  private static final long CAPACITY_BYTES = 64L * 1024 * 1024;
  private static final int BATCH = 1_000;
  private static final long BATCH_BYTES = 4L * 1024 * 1024;

  private final Function<List<Entry>, List<EventId>> writer;
  private final Executor executor;
  private final Duration timeout;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition room = lock.newCondition();

  /** Guarded by {@link #lock}, as is all below. */
  private final Queue<Waiting> queue = new ArrayDeque<>();

  private long bytes;
  private boolean writing;
  private boolean closed;

  /**
   * @param writer writes a batch, all of it or nothing; throws a BroadcasterException if it fails
   * @param executor writes for those who do not wait
   * @param timeout how long to wait at most until the writing begins
   */
  GroupCommit(Function<List<Entry>, List<EventId>> writer, Executor executor, Duration timeout) {
    this.writer = requireNonNull(writer, "writer");
    this.executor = requireNonNull(executor, "executor");
    this.timeout = requireNonNull(timeout, "timeout");
  }

  /**
   * Returns when the entry is written.
   *
   * @return its place
   * @throws BroadcasterException why it is not
   */
  EventId write(Entry entry) {
    long deadline = System.nanoTime() + timeout.toNanos();
    Waiting waiting = new Waiting(entry, Optional.of(lock.newCondition()));
    lock.lock();
    try {
      while (!hasRoom(entry) && !closed) {
        await(room, deadline);
      }
      add(waiting);
      while (!waiting.place.isDone()) {
        if (waiting.taken) {
          // No way back: how long it takes is up to the pool's and the driver's time limits.
          waiting.changed.orElseThrow().awaitUninterruptibly();
        } else if (writing) {
          awaitTurn(waiting, deadline);
        } else {
          writeBatch();
        }
      }
    } finally {
      lock.unlock();
    }
    try {
      return waiting.place.join();
    } catch (CompletionException failure) {
      throw failure.getCause() instanceof RuntimeException cause ? cause : failure;
    }
  }

  /** Completes when the entry is written, with its place, or fails with why not. Never blocks. */
  CompletionStage<EventId> writeLater(Entry entry) {
    Waiting waiting = new Waiting(entry, Optional.empty());
    lock.lock();
    try {
      if (!hasRoom(entry)) {
        throw new BroadcasterUnavailableException(
            "%d events wait to be published already; the database is too slow or away"
                .formatted(queue.size()),
            null);
      }
      add(waiting);
      if (!writing && queue.size() == 1) {
        writeElsewhere(); // Else whoever writes, or is about to, goes on with it.
      }
    } catch (BroadcasterException failure) {
      return CompletableFuture.failedStage(failure);
    } finally {
      lock.unlock();
    }
    return waiting.place;
  }

  /** How many wait for a writing that has not begun. */
  int waiting() {
    lock.lock();
    try {
      return queue.size();
    } finally {
      lock.unlock();
    }
  }

  private boolean hasRoom(Entry entry) {
    return queue.isEmpty()
        || (queue.size() < CAPACITY && bytes + entry.encoded().bytes() <= CAPACITY_BYTES);
  }

  private void add(Waiting waiting) {
    if (closed) {
      throw new BroadcasterClosedException();
    }
    queue.add(waiting);
    bytes += waiting.entry.encoded().bytes();
  }

  private void awaitTurn(Waiting waiting, long deadline) {
    try {
      await(waiting.changed.orElseThrow(), deadline);
    } catch (BroadcasterUnavailableException tooLate) {
      if (!waiting.taken) {
        remove(waiting);
        throw tooLate;
      }
    }
  }

  @SuppressWarnings("WaitNotInLoop") // Those who call it do so in a loop.
  private void await(Condition condition, long deadline) {
    try {
      if (condition.awaitNanos(deadline - System.nanoTime()) <= 0) {
        throw new BroadcasterUnavailableException(
            "The event's turn did not come within %s; it was not published. The database is too slow or away"
                .formatted(timeout),
            null);
      }
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
      throw new BroadcasterUnavailableException(
          "Interrupted before the event was published", interruption);
    }
  }

  private void remove(Waiting waiting) {
    if (queue.remove(waiting)) {
      bytes -= waiting.entry.encoded().bytes();
      room.signal();
      wakeNext(); // The turn may have been his.
    }
  }

  /** Called with the lock held, when nobody writes; gives it up while it writes. */
  private void writeBatch() {
    writing = true;
    List<Waiting> batch = take();
    lock.unlock();
    List<Runnable> announcements = new ArrayList<>();
    try {
      write(batch, announcements);
      announce(announcements);
    } finally {
      lock.lock();
      writing = false;
      batch.forEach(written -> written.changed.ifPresent(Condition::signal));
      wakeNext();
    }
  }

  // Elsewhere, because what depends on them is foreign: it may even publish, and wait for its turn.
  private void announce(List<Runnable> announcements) {
    if (!announcements.isEmpty()) {
      Runnable all = () -> announcements.forEach(Runnable::run);
      try {
        executor.execute(all);
      } catch (RejectedExecutionException stopping) {
        LOG.log(Level.DEBUG, "The server takes no more tasks: told on this thread", stopping);
        all.run();
      }
    }
  }

  private List<Waiting> take() {
    List<Waiting> batch = new ArrayList<>();
    long batchBytes = 0;
    while (!queue.isEmpty() && batch.size() < BATCH && batchBytes < BATCH_BYTES) {
      Waiting next = queue.remove();
      next.taken = true;
      batchBytes += next.entry.encoded().bytes();
      batch.add(next);
    }
    bytes -= batchBytes;
    room.signalAll();
    return batch;
  }

  private void wakeNext() {
    Waiting next = queue.peek();
    if (next == null || writing) {
      return;
    }
    next.changed.ifPresentOrElse(Condition::signal, this::writeElsewhere);
  }

  private void writeElsewhere() {
    try {
      executor.execute(this::writeAll);
    } catch (RejectedExecutionException stopping) {
      failAll(new BroadcasterUnavailableException("The server takes no more tasks", stopping));
    }
  }

  private void writeAll() {
    lock.lock();
    try {
      while (!writing && !queue.isEmpty()) {
        writeBatch();
      }
    } finally {
      lock.unlock();
    }
  }

  // Whatever goes wrong, everybody who waits must learn of it.
  private void write(List<Waiting> batch, List<Runnable> announcements) {
    try {
      List<EventId> places = writer.apply(batch.stream().map(waiting -> waiting.entry).toList());
      for (int position = 0; position < batch.size(); position++) {
        EventId place = places.get(position);
        batch.get(position).settle(settled -> settled.complete(place), announcements);
      }
    } catch (RuntimeException | Error failure) {
      boolean passing = failure instanceof BroadcasterUnavailableException;
      if (batch.size() == 1 || passing) {
        batch.forEach(
            waiting ->
                waiting.settle(settled -> settled.completeExceptionally(failure), announcements));
      } else {
        // One of them is bad, and only that one is to fail; in halves, so that it is found soon.
        int half = batch.size() / 2;
        write(batch.subList(0, half), announcements);
        write(batch.subList(half, batch.size()), announcements);
      }
    }
  }

  private void failAll(BroadcasterException failure) {
    for (Waiting failed : queue) {
      failed.taken = true;
      failed.place.completeExceptionally(failure);
      failed.changed.ifPresent(Condition::signal);
    }
    queue.clear();
    bytes = 0;
    room.signalAll();
  }

  /** Fails what waits. What is being written goes on. Idempotent. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      failAll(new BroadcasterClosedException());
    } finally {
      lock.unlock();
    }
  }

  /** An entry and who waits for it. */
  private static final class Waiting {
    private final Entry entry;

    /**
     * Signalled when it was written, or when it is this one's turn to write; empty: nobody waits.
     */
    private final Optional<Condition> changed;

    private final CompletableFuture<EventId> place = new CompletableFuture<>();

    /** Whether it is out of the queue. */
    private boolean taken;

    Waiting(Entry entry, Optional<Condition> changed) {
      this.entry = entry;
      this.changed = changed;
    }

    /** Now if only the one waits who came with it, else later. */
    void settle(Consumer<CompletableFuture<EventId>> outcome, List<Runnable> announcements) {
      if (changed.isPresent()) {
        outcome.accept(place);
      } else {
        announcements.add(() -> outcome.accept(place));
      }
    }
  }
}
