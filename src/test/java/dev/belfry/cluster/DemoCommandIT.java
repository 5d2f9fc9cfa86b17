package dev.belfry.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the command in a JVM of its own, which can be told to end. */
class DemoCommandIT {
  private static final int TERMINATED = 143;

  @TempDir private Path directory;

  private final ClusterFiles files = ClusterFiles.fromSystemProperties();
  private final List<Integer> ports = Ports.free(2);
  private final List<ProcessHandle> started = new ArrayList<>();

  @AfterEach
  void endWhatIsLeft() {
    started.forEach(ProcessHandle::destroyForcibly);
  }

  @Test
  void terminatedThenStopsReplicasAndPostgresWithinSeconds() throws Exception {
    Process demo = start();
    awaitReady(demo);

    demo.destroy();

    assertThat(demo.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(demo.exitValue()).isEqualTo(TERMINATED);
    assertThat(output()).endsWith("Stopping.\n");
    assertNothingIsLeft();
  }

  @Test
  void terminatedWhileStartingThenSaysNoMoreThanThat() throws Exception {
    Process demo = start();
    await().atMost(Duration.ofMinutes(1)).until(() -> replicas(demo) == 2);
    remember(demo);

    demo.destroy();

    assertThat(demo.waitFor(15, TimeUnit.SECONDS)).isTrue();
    assertThat(output().lines()).hasSize(2).last().isEqualTo("Stopping.");
    assertNothingIsLeft();
  }

  @Test
  void replicaDiesThenOneMessageAndFailure() throws Exception {
    Process demo = start();
    awaitReady(demo);

    demo.children().findFirst().orElseThrow().destroyForcibly();

    assertThat(demo.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(demo.exitValue()).isEqualTo(1);
    assertThat(output())
        .containsOnlyOnce("ended by itself, with exit code 137")
        .doesNotContain("\tat ");
    assertNothingIsLeft();
  }

  @Test
  void timeIsOverThenSuccess() throws Exception {
    Process demo = start("-Ddemo.seconds=1", "-Ddemo.replicas=1");

    assertThat(demo.waitFor(3, TimeUnit.MINUTES)).isTrue();
    assertThat(demo.exitValue()).isZero();
    assertThat(output()).contains("http://127.0.0.1:" + ports.get(0) + "/mcp", "The time is over.");
  }

  @Test
  void portIsTakenThenFailsBeforeAnythingStarts() throws Exception {
    try (ServerSocket other = new ServerSocket(ports.get(1), 1, InetAddress.getLoopbackAddress())) {
      Process demo = start();

      assertThat(demo.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(demo.exitValue()).isEqualTo(1);
      assertThat(output().strip())
          .startsWith("Cannot listen on 127.0.0.1 at port " + other.getLocalPort())
          .doesNotContain("\n");
    }
  }

  private Process start(String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Ddemo.port=" + (ports.get(0) - 1));
    command.add("-Dbelfry.demo.war=" + files.war());
    command.add("-Dbelfry.liberty.install=" + files.install());
    command.add("-Dbelfry.liberty.config=" + files.config());
    command.add("-Dbelfry.liberty.work=" + files.work());
    command.add("-Dbelfry.driver.directory=" + files.driver());
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(DemoCommand.class.getName());
    Process demo =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("output").toFile())
            .start();
    started.add(demo.toHandle());
    return demo;
  }

  private void awaitReady(Process demo) throws IOException {
    await()
        .atMost(Duration.ofMinutes(3))
        .until(() -> output().contains("Ctrl-C stops") || !demo.isAlive());
    assertThat(demo.isAlive()).as(output()).isTrue();
    remember(demo);
    assertThat(started).hasSize(4);
  }

  // Other children come and go: PostgreSQL's programs.
  private static long replicas(Process demo) {
    return demo.children()
        .filter(child -> child.info().commandLine().orElse("").contains("ws-server.jar"))
        .count();
  }

  // PostgreSQL is nobody's child.
  private void remember(Process demo) throws IOException {
    demo.descendants().forEach(started::add);
    Path pidFile = files.work().resolve("postgresql/data/postmaster.pid");
    ProcessHandle.of(Long.parseLong(Files.readAllLines(pidFile).get(0))).ifPresent(started::add);
  }

  // Not isAlive: an orphan that has ended may wait for somebody to reap it.
  private void assertNothingIsLeft() {
    assertThat(started).noneMatch(process -> process.info().command().isPresent());
  }

  private String output() throws IOException {
    return Files.readString(directory.resolve("output"));
  }
}
