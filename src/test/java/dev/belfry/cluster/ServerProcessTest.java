package dev.belfry.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

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
  void startWhenProgramDoesNotExistThenNamesIt() {
    assertThatExceptionOfType(ClusterException.class)
        .isThrownBy(() -> new ServerProcess(new ProcessBuilder("no-such-program")))
        .withMessageContaining("no-such-program");
  }
}
