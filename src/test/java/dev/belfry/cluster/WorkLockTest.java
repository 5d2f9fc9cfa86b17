package dev.belfry.cluster;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkLockTest {
  @TempDir private Path work;

  @Test
  void acquireWhenTakenThenNamesTheDirectory() {
    try (WorkLock first = WorkLock.acquire(work)) {
      assertThatExceptionOfType(ClusterException.class)
          .isThrownBy(() -> WorkLock.acquire(work))
          .withMessageContaining(work.toString());
    }
  }

  @Test
  void acquireWhenGivenBackThenTaken() {
    WorkLock.acquire(work).close();

    assertThatCode(() -> WorkLock.acquire(work).close()).doesNotThrowAnyException();
  }
}
