package dev.belfry.event;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A subscription with a bounded buffer. To add to it never waits. */
final class BufferedSubscription implements Subscription {

  private final int capacity;
  private final Consumer<BufferedSubscription> onEnd;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** Guarded by {@link #lock}, as are the fields below. */
  private final Queue<ServerEvent> waiting = new ArrayDeque<>();

  private boolean closed;
  private Optional<Supplier<RuntimeException>> failure = Optional.empty();

  /**
   * @param capacity how many events may wait
   * @param onEnd called when no further event will be added
   */
  BufferedSubscription(int capacity, Consumer<BufferedSubscription> onEnd) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity must be at least 1, but is " + capacity);
    }
    this.capacity = capacity;
    this.onEnd = requireNonNull(onEnd, "onEnd");
  }

  void add(ServerEvent event) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      if (waiting.size() < capacity) {
        waiting.add(event);
        changed.signalAll();
        return;
      }
    } finally {
      lock.unlock();
    }
    fail(() -> new SubscriptionOverflowException(capacity));
  }

  void reset(Reset reset) {
    fail(() -> new EventsLostException(reset));
  }

  private void fail(Supplier<RuntimeException> reason) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      failure = Optional.of(reason);
    } finally {
      lock.unlock();
    }
    close();
  }

  @Override
  public Optional<ServerEvent> next(Duration wait) throws InterruptedException {
    long remaining = wait.toNanos();
    lock.lockInterruptibly();
    try {
      while (waiting.isEmpty() && !closed && remaining > 0) {
        remaining = changed.awaitNanos(remaining);
      }
      if (waiting.isEmpty() && failure.isPresent()) {
        throw failure.get().get();
      }
      return Optional.ofNullable(waiting.poll());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    onEnd.accept(this);
  }
}
