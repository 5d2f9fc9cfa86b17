package dev.belfry.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerProcessTest {
  private final ServerProcess process = new ServerProcess(new ProcessBuilder("sleep", "60"));
  private final List<Integer> deaths = new CopyOnWriteArrayList<>();

  @AfterEach
  void end() {
    process.kill();
  }

  @Test
  void onDeathWhenProcessEndsByItselfThenTellsExitCode() {
    process.onDeath(deaths::add);

    ProcessHandle.of(process.pid()).ifPresent(ProcessHandle::destroyForcibly);

    await().untilAsserted(() -> assertThat(deaths).containsExactly(137));
  }

  @Test
  void onDeathWhenProcessWasToldToEndThenTellsNothing() {
    process.onDeath(deaths::add);

    process.terminate();

    assertThat(process.awaitEnd(Duration.ofSeconds(10))).isTrue();
    assertThat(process.exitCode()).isEqualTo(143);
    await().during(Duration.ofMillis(200)).until(deaths::isEmpty);
  }

  @Test
  void awaitEndWhenProcessGoesOnThenFalse() {
    assertThat(process.awaitEnd(Duration.ofMillis(1))).isFalse();
    assertThat(process.isAlive()).isTrue();
  }

  @Test
  void killThenProcessIsGone() {
    process.kill();

    assertThat(process.isAlive()).isFalse();
  }

  @Test
  void freezeThenProcessDoesNothingUntilThawed(@TempDir Path directory) {
    Path beats = directory.resolve("beats");
    ServerProcess beating =
        new ServerProcess(
            new ProcessBuilder("sh", "-c", "while :; do echo; sleep 0.01; done")
                .redirectOutput(beats.toFile()));
    try {
      LongSupplier count = () -> beats.toFile().length();
      await().until(() -> count.getAsLong() > 0);

      beating.freeze();

      AtomicLong before = new AtomicLong();
      await()
          .during(Duration.ofMillis(300))
          .until(() -> before.getAndSet(count.getAsLong()) == before.get());
      assertThat(beating.isAlive()).isTrue();

      beating.thaw();

      await().until(() -> count.getAsLong() > before.get());
    } finally {
      beating.kill();
    }
  }

  @Test
  void terminateWhenFrozenThenEndsAllTheSame() {
    process.freeze();

    process.terminate();

    assertThat(process.awaitEnd(Duration.ofSeconds(10))).isTrue();
    assertThat(process.exitCode()).isEqualTo(143);
  }

  @Test
  void killWhenFrozenThenProcessIsGone() {
    process.freeze();

    process.kill();

    assertThat(process.isAlive()).isFalse();
  }

  @Test
  void startWhenProgramDoesNotExistThenNamesIt() {
    assertThatExceptionOfType(ClusterException.class)
        .isThrownBy(() -> new ServerProcess(new ProcessBuilder("no-such-program")))
        .withMessageContaining("no-such-program");
  }
}
