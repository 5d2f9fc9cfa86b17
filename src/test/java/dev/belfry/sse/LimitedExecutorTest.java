package dev.belfry.sse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class LimitedExecutorTest {

  private final Queue<Runnable> threads = new ArrayDeque<>();
  private final List<Integer> done = new ArrayList<>();
  private boolean stopping;

  private final LimitedExecutor executor =
      new LimitedExecutor(
          task -> {
            if (stopping) {
              throw new RejectedExecutionException("stopping");
            }
            threads.add(task);
          },
          2);

  @Test
  void takesNoMoreThreadsThanItMayAndRunsAllInOrder() {
    for (int number = 1; number <= 5; number++) {
      int task = number;
      executor.execute(() -> done.add(task));
    }
    assertThat(threads).hasSize(2);

    threads.remove().run();
    threads.remove().run();
    assertThat(done).containsExactly(1, 2, 3, 4, 5);

    executor.execute(() -> done.add(6));
    threads.remove().run();
    assertThat(done).endsWith(6);
  }

  @Test
  void refusedTaskIsNotKept() {
    stopping = true;
    assertThatThrownBy(() -> executor.execute(() -> done.add(1)))
        .isInstanceOf(RejectedExecutionException.class);

    stopping = false;
    executor.execute(() -> done.add(2));
    threads.remove().run();

    assertThat(done).containsExactly(2);
  }
}
