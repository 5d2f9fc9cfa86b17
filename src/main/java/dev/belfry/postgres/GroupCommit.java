package dev.belfry.postgres;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.partitioningBy;

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
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Lets those who publish at the same time share a commit. Whoever comes first writes, on his own
 * thread; whoever comes meanwhile waits, and the first of those then writes for all of them. So
 * there is no hand-off while nobody else publishes, and the busier it is, the larger the batches.
 * To wake a thread takes about as long as to write: so whose turn it is next is woken first. He
 * waits a moment for those who were in the last batch: they publish again if they are going to at
 * all, and would otherwise be a second group, which takes turns with the first. Thread-safe.
 */
final class GroupCommit implements AutoCloseable {

  private static final Logger LOG = System.getLogger(GroupCommit.class.getName());

  private static final int CAPACITY = 10_000;
  private static final long CAPACITY_BYTES = 64L * 1024 * 1024;
  private static final int BATCH = 1_000;
  private static final long BATCH_BYTES = 4L * 1024 * 1024;

  /** Those of the last batch are waited for as long as a quarter of what it took, at most. */
  private static final int GATHER_SHARE = 4;

  private static final long MAX_GATHER_NANOS = 5_000_000;

  /** To wake more takes so long that it is better to write meanwhile; measured. */
  private static final int MAX_GATHERED = 32;

  private final Function<List<Entry>, List<EventId>> writer;
  private final Executor executor;
  private final Duration timeout;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition room = lock.newCondition();

  /** Guarded by {@link #lock}, as is all below. */
  private final Queue<Waiting> queue = new ArrayDeque<>();

  private long bytes;

  /** Whether it is somebody's turn: he writes, or is about to. */
  private boolean writing;

  private boolean closed;

  /** How many would wait if all of the last batch came back; 0 if nobody is waited for. */
  private int expected;

  /** Until when they are waited for. */
  private long gatherUntil = System.nanoTime();

  /** Who waits for them; null if nobody does. */
  private Thread gatherer;

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
    Waiting waiting = new Waiting(entry, Optional.of(Thread.currentThread()));
    if (addWhenThereIsRoom(waiting, deadline) || awaitTurn(waiting, deadline)) {
      writeBatch(); // It is the first of the batch.
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
    boolean first;
    lock.lock();
    try {
      if (!hasRoom(entry)) {
        throw new BroadcasterUnavailableException(
            "%d events wait to be published already; the database is too slow or away"
                .formatted(queue.size()),
            null);
      }
      first = add(waiting);
    } catch (BroadcasterException failure) {
      return CompletableFuture.failedStage(failure);
    } finally {
      lock.unlock();
    }
    if (first) {
      writeElsewhere();
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

  private boolean addWhenThereIsRoom(Waiting waiting, long deadline) {
    lock.lock();
    try {
      while (!hasRoom(waiting.entry) && !closed) {
        if (room.awaitNanos(deadline - System.nanoTime()) <= 0) {
          throw tooLate();
        }
      }
      return add(waiting);
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
      throw interrupted();
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether it is this one's turn at once. */
  private boolean add(Waiting waiting) {
    if (closed) {
      throw new BroadcasterClosedException();
    }
    queue.add(waiting);
    bytes += waiting.entry.encoded().bytes();
    if (gatherer != null && queue.size() >= expected) {
      LockSupport.unpark(gatherer);
    }
    boolean first = !writing;
    writing = true;
    return first;
  }

  /** Returns whether it is this one's turn; if not, another has written it, or is about to. */
  private boolean awaitTurn(Waiting waiting, long deadline) {
    while (!waiting.isTurn && !waiting.place.isDone()) {
      long left = deadline - System.nanoTime();
      boolean interrupted = Thread.currentThread().isInterrupted();
      if (left > 0 && !interrupted) {
        LockSupport.parkNanos(this, left);
      } else if (withdraw(waiting)) {
        throw interrupted ? interrupted() : tooLate();
      } else {
        break; // No way back: how long it takes is up to the pool's and the driver's time limits.
      }
    }
    return waiting.isTurn;
  }

  private boolean withdraw(Waiting waiting) {
    lock.lock();
    try {
      boolean withdrawn = !waiting.isTurn && queue.remove(waiting);
      if (withdrawn) {
        bytes -= waiting.entry.encoded().bytes();
        room.signal();
      }
      return withdrawn;
    } finally {
      lock.unlock();
    }
  }

  private BroadcasterUnavailableException tooLate() {
    return new BroadcasterUnavailableException(
        "The event's turn did not come within %s; it was not published. The database is too slow or away"
            .formatted(timeout),
        null);
  }

  private static BroadcasterUnavailableException interrupted() {
    return new BroadcasterUnavailableException(
        "Interrupted before the event was published", new InterruptedException());
  }

  /** Writes what waits, as much as goes into one batch. Called by whose turn it is. */
  private void writeBatch() {
    gather();
    long begin = System.nanoTime();
    List<Waiting> batch = take();
    Map<Boolean, List<Waiting>> written =
        batch.stream().collect(partitioningBy(waiting -> waiting.thread.isPresent()));
    try {
      if (!batch.isEmpty()) { // Else it was closed at this very moment.
        write(batch);
      }
    } finally {
      passOn(written.get(true).size(), System.nanoTime() - begin);
    }
    written.get(true).forEach(Waiting::settle);
    if (!written.get(false).isEmpty()) {
      settleElsewhere(written.get(false));
    }
  }

  private List<Waiting> take() {
    lock.lock();
    try {
      List<Waiting> batch = new ArrayList<>();
      long batchBytes = 0;
      while (!queue.isEmpty() && batch.size() < BATCH && batchBytes < BATCH_BYTES) {
        Waiting next = queue.remove();
        batchBytes += next.entry.encoded().bytes();
        batch.add(next);
      }
      bytes -= batchBytes;
      room.signalAll();
      return batch;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for those of the last batch, unless it is over. */
  private void gather() {
    for (long left = gathering(); left > 0; left = gathering()) {
      LockSupport.parkNanos(this, left);
    }
  }

  /** For how much longer to wait for those of the last batch. */
  private long gathering() {
    lock.lock();
    try {
      boolean complete = queue.size() >= expected || closed;
      boolean giveUp = complete || Thread.currentThread().isInterrupted();
      long left = giveUp ? 0 : gatherUntil - System.nanoTime();
      gatherer = left > 0 ? Thread.currentThread() : null;
      return left;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Now it is the turn of who waits longest.
   *
   * @param back how many who waited for the last batch may come back
   * @param took how long it took, in nanoseconds
   */
  private void passOn(int back, long took) {
    Waiting next;
    lock.lock();
    try {
      int all = queue.size() + back;
      expected = back > 1 && all <= MAX_GATHERED ? all : 0;
      gatherUntil = System.nanoTime() + Math.min(took / GATHER_SHARE, MAX_GATHER_NANOS);
      next = queue.peek();
      writing = next != null;
      if (next != null) {
        next.isTurn = true;
      }
    } finally {
      lock.unlock();
    }
    if (next != null) {
      next.thread.ifPresentOrElse(LockSupport::unpark, this::writeElsewhere);
    }
  }

  private void writeElsewhere() {
    try {
      executor.execute(this::writeBatch);
    } catch (RejectedExecutionException stopping) {
      failAll(new BroadcasterUnavailableException("The server takes no more tasks", stopping));
    }
  }

  // Elsewhere, because what depends on them is foreign: it may even publish, and wait for its turn.
  private void settleElsewhere(List<Waiting> settled) {
    Runnable all = () -> settled.forEach(Waiting::settle);
    try {
      executor.execute(all);
    } catch (RejectedExecutionException stopping) {
      LOG.log(Level.DEBUG, "The server takes no more tasks: told on this thread", stopping);
      all.run();
    }
  }

  // Whatever goes wrong, everybody who waits must learn of it.
  private void write(List<Waiting> batch) {
    try {
      List<EventId> places = writer.apply(batch.stream().map(waiting -> waiting.entry).toList());
      for (int position = 0; position < batch.size(); position++) {
        EventId place = places.get(position);
        batch.get(position).outcome = settled -> settled.complete(place);
      }
    } catch (RuntimeException | Error failure) {
      boolean passing = failure instanceof BroadcasterUnavailableException;
      if (batch.size() <= 1 || passing) {
        batch.forEach(
            waiting -> waiting.outcome = settled -> settled.completeExceptionally(failure));
      } else {
        // One of them is bad, and only that one is to fail; in halves, so that it is found soon.
        int half = batch.size() / 2;
        write(batch.subList(0, half));
        write(batch.subList(half, batch.size()));
      }
    }
  }

  private void failAll(BroadcasterException failure) {
    List<Waiting> failed;
    lock.lock();
    try {
      failed = List.copyOf(queue);
      queue.clear();
      bytes = 0;
      writing = false;
      room.signalAll();
    } finally {
      lock.unlock();
    }
    for (Waiting waiting : failed) {
      waiting.outcome = settled -> settled.completeExceptionally(failure);
      waiting.settle();
    }
  }

  /** Fails what waits. What is being written goes on. Idempotent. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
    failAll(new BroadcasterClosedException());
  }

  /** An entry and who waits for it. */
  private static final class Waiting {
    private final Entry entry;

    /** Empty if nobody waits. */
    private final Optional<Thread> thread;

    private final CompletableFuture<EventId> place = new CompletableFuture<>();

    /** Whether it is this one's turn to write. */
    private volatile boolean isTurn;

    /** The writer's; what is to be done with the place. */
    private Consumer<CompletableFuture<EventId>> outcome = place -> {};

    Waiting(Entry entry, Optional<Thread> thread) {
      this.entry = entry;
      this.thread = thread;
    }

    void settle() {
      outcome.accept(place);
      thread.ifPresent(LockSupport::unpark);
    }
  }
}
