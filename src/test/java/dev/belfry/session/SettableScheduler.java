package dev.belfry.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** A scheduler whose tasks run when the test says so, on the test's thread. */
final class SettableScheduler {

  private final List<Scheduled> tasks = new CopyOnWriteArrayList<>();
  private volatile boolean stopping;

  /** A task that was neither run nor cancelled. */
  private record Scheduled(FutureTask<Void> task, Duration delay) {}

  ScheduledExecutorService executor() {
    return fake(
        ScheduledExecutorService.class,
        (proxy, method, arguments) -> {
          assertThat(method.getName()).isEqualTo("schedule");
          return schedule((Runnable) arguments[0], (long) arguments[1], (TimeUnit) arguments[2]);
        });
  }

  private ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
    if (stopping) {
      throw new RejectedExecutionException("stopping");
    }
    Scheduled scheduled =
        new Scheduled(new FutureTask<>(task, null), Duration.ofNanos(unit.toNanos(delay)));
    tasks.add(scheduled);
    return fake(
        ScheduledFuture.class,
        (proxy, method, arguments) -> {
          assertThat(method.getName()).isEqualTo("cancel");
          return tasks.remove(scheduled) && scheduled.task().cancel((boolean) arguments[0]);
        });
  }

  /** How long the tasks that are still to be run were to wait. */
  List<Duration> delays() {
    return tasks.stream().map(Scheduled::delay).toList();
  }

  /** Runs what was scheduled until now. */
  void run() throws Exception {
    for (Scheduled scheduled : List.copyOf(tasks)) {
      tasks.remove(scheduled);
      scheduled.task().run();
      scheduled.task().get();
    }
  }

  /** From now on takes no more tasks, as a container that shuts down. */
  void stop() {
    stopping = true;
  }

  private static <T> T fake(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
