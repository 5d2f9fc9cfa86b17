package dev.belfry.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.cluster.ClusterFiles;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The measurements measure; how much, on a machine that builds, says nothing. They are compiled
 * after the tests, and so run in a JVM of their own.
 */
class BenchIT {
  private static final int STREAMS = 50;

  @TempDir private Path directory;

  private final ClusterFiles files = ClusterFiles.fromSystemProperties();
  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void endWhatIsLeft() {
    // With SIGTERM, on which it stops its cluster.
    started.forEach(Process::destroy);
  }

  @Test
  void streamsAreMeasuredAndLeaveNothingBehind() throws Exception {
    Process bench =
        start(
            "-Dbench.parts=streams",
            "-Dbench.streams.count=" + STREAMS,
            "-Dbench.streams.seconds=2",
            "-Dbench.streams.burst=20",
            "-Dbench.streams.visits=20",
            "-Dbench.streams.visit-seconds=2",
            "-Dbench.streams.heartbeat=1");

    assertThat(bench.waitFor(5, TimeUnit.MINUTES)).isTrue();
    assertThat(bench.exitValue()).as(output()).isZero();
    JsonObject report = report();
    assertThat(figure(report, "streams open")).isEqualTo(STREAMS);
    assertThat(figure(report, "streams, all gone")).isZero();
    // A file for each stream: those of the server were looked at, not another process's.
    assertThat(figure(report, "open files, streams open"))
        .isGreaterThanOrEqualTo(figure(report, "open files before") + STREAMS);
    assertThat(
            List.of(
                "heap before",
                "memory at most",
                "threads at most",
                "delivery steady, p50",
                "delivery burst, p99",
                "first frame of a visit, p50",
                "processors used, steady"))
        .allSatisfy(name -> assertThat(figure(report, name)).as(name).isPositive());
    assertThat(report.getJsonArray("goals").getValuesAs(JsonObject.class))
        .hasSize(5)
        .extracting(goal -> goal.getString("goal"))
        .contains("50 streams stay open in a heap of 1g", "nothing is left behind");
    assertThat(Files.readString(directory.resolve("streams.md")))
        .contains("| streams open | 50 |", "| every stream gets every event, in order |  | met |");
  }

  @ParameterizedTest
  @CsvSource({
    "-Dbench.parts=nonsense, no part is called \"nonsense\"; there is streams",
    "-Dbench.streams.count=many, -Dbench.streams.count=many: must be a whole number from 1",
    "-Dbench.streams.rate=0, -Dbench.streams.rate=0: must be a whole number from 1"
  })
  void wrongOptionIsToldBeforeAnythingStarts(String option, String message) throws Exception {
    Process bench = start(option);

    assertThat(bench.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(bench.exitValue()).isEqualTo(1);
    assertThat(output()).contains(message).doesNotContain("\tat ", "Measuring");
  }

  private static double figure(JsonObject report, String name) {
    JsonObject figure = report.getJsonObject("figures").getJsonObject(name);
    assertThat(figure).as(name).isNotNull();
    return figure.getJsonNumber("median").doubleValue();
  }

  private JsonObject report() throws IOException {
    try (JsonReader reader =
        Json.createReader(Files.newBufferedReader(directory.resolve("streams.json")))) {
      return reader.readObject();
    }
  }

  private Process start(String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Dbelfry.demo.war=" + files.war());
    command.add("-Dbelfry.liberty.install=" + files.install());
    command.add("-Dbelfry.liberty.config=" + files.config());
    command.add("-Dbelfry.liberty.work=" + files.work());
    command.add("-Dbelfry.driver.directory=" + files.driver());
    command.add("-Dbench.directory=" + directory);
    command.addAll(List.of(options));
    command.add("-cp");
    command.add(
        System.getProperty("belfry.bench.classes")
            + File.pathSeparator
            + System.getProperty("java.class.path"));
    command.add("dev.belfry.bench.BenchCommand");
    Process bench =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("output").toFile())
            .start();
    started.add(bench);
    return bench;
  }

  private String output() throws IOException {
    return Files.readString(directory.resolve("output"));
  }
}
