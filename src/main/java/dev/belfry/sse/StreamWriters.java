package dev.belfry.sse;

import static java.util.Objects.requireNonNull;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Runs tasks in the order in which they come, with as many threads as there are processors: what
 * waits meanwhile for a stream then goes out in one write. Most tasks write to clients, and one
 * whose client does not read may take long; its thread counts no more after a moment, and another
 * takes its place. Thread-safe.
 */
final class StreamWriters implements Executor {

  private static final Logger LOG = System.getLogger(StreamWriters.class.getName());

  /**
   * After it a task is taken to be stuck. Mistakes, as after a collection, cost a thread's start.
   */
  private static final Duration PATIENCE = Duration.ofMillis(10);

  private final Executor executor;
  private final ScheduledExecutorService scheduler;
  private final int threads;

  /** Guarded by this, as is all below. */
  private final Queue<Runnable> waiting = new ArrayDeque<>();

  private final Set<Worker> counting = new HashSet<>();
  private boolean watched;

  /**
   * @param executor has the threads
   * @param scheduler tells when it is time to look for stuck ones
   * @param threads how many that are not stuck
   */
  StreamWriters(Executor executor, ScheduledExecutorService scheduler, int threads) {
    this.executor = requireNonNull(executor, "executor");
    this.scheduler = requireNonNull(scheduler, "scheduler");
    this.threads = threads;
  }

  /** Never blocks; but when the server takes no more tasks, the caller runs what waits. */
  @Override
  public void execute(Runnable task) {
    executeAll(List.of(task));
  }

  /** See {@link #execute}. */
  void executeAll(Collection<Runnable> tasks) {
    List<Worker> beginning;
    synchronized (this) {
      waiting.addAll(tasks);
      beginning = enlist();
    }
    beginning.forEach(this::begin);
  }

  /** As many as there is work for; if that is not all of it, somebody watches. */
  private List<Worker> enlist() {
    List<Worker> beginning = new ArrayList<>();
    while (counting.size() < threads && beginning.size() < waiting.size()) {
      Worker worker = new Worker();
      counting.add(worker);
      beginning.add(worker);
    }
    if (!watched && waiting.size() > beginning.size()) {
      watched = watchLater();
    }
    return beginning;
  }

  private void begin(Worker worker) {
    try {
      executor.execute(worker);
    } catch (RejectedExecutionException stopping) {
      // The server stops, and takes the threads first: the farewells are written all the same.
      LOG.log(Level.DEBUG, "The server takes no more tasks: written here", stopping);
      worker.run();
    }
  }

  private boolean watchLater() {
    try {
      var unused = scheduler.schedule(this::watch, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (RejectedExecutionException stopping) {
      LOG.log(Level.DEBUG, "The server takes no more tasks: nobody looks for stuck ones", stopping);
      return false;
    }
  }

  private void watch() {
    List<Worker> beginning;
    synchronized (this) {
      long now = System.nanoTime();
      counting.removeIf(worker -> worker.isStuck(now));
      watched = false;
      beginning = enlist();
    }
    beginning.forEach(this::begin);
  }

  private final class Worker implements Runnable {
    /** When it began what it does. Guarded by the writers, as is the flag. */
    private long since;

    /** Until then it has no thread, and to ask the server for more would not help. */
    private boolean begun;

    private boolean isStuck(long now) {
      return begun && now - since >= PATIENCE.toNanos();
    }

    @Override
    public void run() {
      for (Runnable task = next(this); task != null; task = next(this)) {
        try {
          task.run();
        } catch (RuntimeException | Error failure) {
          // The boundary: whatever fails, the other clients get what waits for them.
          LOG.log(Level.ERROR, "A task of the streams failed", failure);
        }
      }
    }
  }

  /** Null if this one is to end: nothing waits, or it was stuck and has been replaced. */
  private synchronized Runnable next(Worker worker) {
    boolean counts =
        counting.contains(worker) || (counting.size() < threads && counting.add(worker));
    Runnable task = counts ? waiting.poll() : null;
    if (task == null) {
      counting.remove(worker);
    } else {
      worker.begun = true;
      worker.since = System.nanoTime();
    }
    return task;
  }
}
