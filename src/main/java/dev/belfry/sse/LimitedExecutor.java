package dev.belfry.sse;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Runs no more than so many tasks at a time, in the order in which they came; the others wait
 * without a thread. Tasks must not throw. Thread-safe.
 */
final class LimitedExecutor implements Executor {

  private final Executor executor;
  private final int limit;

  /** Guarded by this, as is the number. */
  private final Queue<Runnable> waiting = new ArrayDeque<>();

  private int workers;

  LimitedExecutor(Executor executor, int limit) {
    this.executor = requireNonNull(executor, "executor");
    this.limit = limit;
  }

  @Override
  public void execute(Runnable task) {
    synchronized (this) {
      waiting.add(task);
      if (workers == limit) {
        return;
      }
      workers++;
    }
    try {
      executor.execute(this::work);
    } catch (RejectedExecutionException stopping) {
      if (withdraw(task)) {
        throw stopping;
      }
    }
  }

  private synchronized boolean withdraw(Runnable task) {
    workers--;
    return waiting.remove(task); // Not if another worker has come to it.
  }

  private void work() {
    for (Runnable task = next(); task != null; task = next()) {
      task.run();
    }
  }

  private synchronized Runnable next() {
    Runnable task = waiting.poll();
    if (task == null) {
      workers--;
    }
    return task;
  }
}
