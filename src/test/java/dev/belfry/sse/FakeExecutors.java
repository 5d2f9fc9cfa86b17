package dev.belfry.sse;

import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * A container's executors: one with threads, and one whose repeated tasks run when the test says
 * so.
 */
final class FakeExecutors implements AutoCloseable {

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final List<Scheduled> scheduled = new ArrayList<>();

  /** A task, and how it was given. */
  record Scheduled(Runnable task, long initialDelay, long interval, Future<?> future) {}

  ManagedExecutorService executor() {
    return fake(
        ManagedExecutorService.class,
        (proxy, method, arguments) -> {
          try {
            return method.invoke(threads, arguments);
          } catch (InvocationTargetException failure) {
            throw failure.getCause();
          }
        });
  }

  ManagedScheduledExecutorService scheduler() {
    return fake(
        ManagedScheduledExecutorService.class,
        (proxy, method, arguments) -> {
          if (method.getName().equals("schedule")) {
            return clock.schedule(
                (Runnable) arguments[0], (long) arguments[1], (TimeUnit) arguments[2]);
          }
          FutureTask<Void> future = new FutureTask<>(() -> {}, null);
          scheduled.add(
              new Scheduled(
                  (Runnable) arguments[0], (long) arguments[1], (long) arguments[2], future));
          return fake(
              ScheduledFuture.class,
              (self, called, given) -> called.getName().equals("cancel") && future.cancel(false));
        });
  }

  /** In the order in which they were scheduled. */
  List<Scheduled> scheduled() {
    return scheduled;
  }

  private static <T> T fake(Class<T> type, java.lang.reflect.InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  @Override
  public void close() {
    threads.shutdownNow();
    clock.shutdownNow();
  }
}
