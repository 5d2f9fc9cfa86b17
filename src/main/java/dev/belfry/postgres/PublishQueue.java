package dev.belfry.postgres;

import static java.util.Objects.requireNonNull;

import dev.belfry.event.BroadcasterClosedException;
import dev.belfry.event.BroadcasterException;
import dev.belfry.event.BroadcasterUnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Payloads that wait to be sent. One task at a time sends them, in order, all that wait in one
 * batch: while one batch is under way the next gathers.
 */
final class PublishQueue implements AutoCloseable {

  private static final int CAPACITY = 10_000;
  private static final int MAX_BATCH = 1_000;

  private final Executor executor;
  private final Consumer<List<String>> sender;
  private final BlockingQueue<Waiting> queue = new LinkedBlockingQueue<>(CAPACITY);
  private final AtomicBoolean draining = new AtomicBoolean();
  private volatile boolean closed;

  /**
   * @param executor runs the sending
   * @param sender sends a batch, all of it or nothing
   */
  PublishQueue(Executor executor, Consumer<List<String>> sender) {
    this.executor = requireNonNull(executor, "executor");
    this.sender = requireNonNull(sender, "sender");
  }

  /** Completes when the payload was sent, or fails with why not. Never blocks. */
  CompletionStage<Void> add(String payload) {
    Waiting waiting = new Waiting(payload, new CompletableFuture<>());
    if (!queue.offer(waiting)) {
      waiting
          .sent()
          .completeExceptionally(
              new BroadcasterUnavailableException(
                  "%d events wait to be published already; the database is too slow or away"
                      .formatted(CAPACITY),
                  null));
    }
    // Checked after adding: either close() fails what waits, or this does.
    if (closed) {
      failAll(new BroadcasterClosedException());
    } else {
      drainLater();
    }
    return waiting.sent();
  }

  private void drainLater() {
    if (!draining.compareAndSet(false, true)) {
      return;
    }
    try {
      executor.execute(this::drain);
    } catch (RejectedExecutionException refused) {
      draining.set(false);
      failAll(new BroadcasterUnavailableException("The server takes no more tasks", refused));
    }
  }

  private void drain() {
    List<Waiting> batch = new ArrayList<>();
    try {
      while (queue.drainTo(batch, MAX_BATCH) > 0) {
        send(batch);
        batch.clear();
      }
    } finally {
      draining.set(false);
    }
    // Something may have come between the last look and the flag.
    if (!queue.isEmpty()) {
      drainLater();
    }
  }

  private void send(List<Waiting> batch) {
    try {
      sender.accept(batch.stream().map(Waiting::payload).toList());
      batch.forEach(waiting -> waiting.sent().complete(null));
    } catch (RuntimeException failure) {
      batch.forEach(waiting -> waiting.sent().completeExceptionally(failure));
    }
  }

  private void failAll(BroadcasterException failure) {
    List<Waiting> failed = new ArrayList<>();
    queue.drainTo(failed);
    failed.forEach(waiting -> waiting.sent().completeExceptionally(failure));
  }

  /** Fails what waits. What is being sent goes on. Idempotent. */
  @Override
  public void close() {
    closed = true;
    failAll(new BroadcasterClosedException());
  }

  private record Waiting(String payload, CompletableFuture<Void> sent) {}
}
