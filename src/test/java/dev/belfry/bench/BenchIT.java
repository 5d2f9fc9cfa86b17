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
import java.util.Map;
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
    JsonObject report = report("streams");
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

  /** A second or so for each, and one round. */
  private static final List<String> SMOKE =
      List.of(
          "-Dbench.rounds=1",
          "-Dbench.round-millis=150",
          "-Dbench.rows=2000",
          "-Dbench.cleanup.rows=4000",
          "-Dbench.cleanup.rounds=1",
          "-Dbench.listeners=3",
          "-Dbench.fanout.streams=50",
          "-Dbench.fanout.many=40",
          "-Dbench.fanout.few=8",
          "-Dbench.fanout.many-millis=500",
          "-Dbench.fanout.few-millis=500",
          "-Dbench.stalled.streams=20",
          "-Dbench.stalled.round-millis=500",
          "-Dbench.stalled.backlog-seconds=1",
          "-Dbench.soak.streams=50",
          "-Dbench.soak.seconds=5",
          "-Dbench.soak.looks-per-fifth=2",
          "-Dbench.growth.rows=500",
          "-Dbench.growth.logged=500",
          "-Dbench.growth.streams=5");

  /** By part a figure of Belfry's and one of a peer's that needs no program of its own. */
  private static final Map<String, List<String>> MEASURED =
      Map.ofEntries(
          Map.entry(
              "publish",
              List.of(
                  "1 publisher: Belfry",
                  "32 publishers: Belfry, fire and forget",
                  "32 publishers: one durable transaction each",
                  "32 publishers: Vert.x, not durable",
                  "32 publishers: Spring Integration",
                  "128 publishers: the original's way, not durable")),
          Map.entry(
              "latency",
              List.of(
                  "100 events/s: Belfry, p50",
                  "5,000 events/s: Belfry, p99",
                  "5,000 events/s: the same, heard by a plain pgjdbc loop, p99")),
          Map.entry("listeners", List.of("Belfry", "the original's way, not durable")),
          Map.entry(
              "find",
              List.of(
                  "1 thread: Belfry",
                  "16 threads: Spring Session",
                  "64 threads: the original's way",
                  "64 threads: Belfry, cached")),
          Map.entry(
              "write",
              List.of(
                  "merge, 16 threads: Belfry",
                  "create, 64 threads: Belfry, unannounced",
                  "create, 64 threads: the original's way")),
          Map.entry(
              "touch",
              List.of("touches: Belfry", "touches: the original's way", "updates: Belfry")),
          Map.entry(
              "cleanup", List.of("cleanup: Belfry, unannounced", "cleanup: one plain DELETE")),
          Map.entry(
              "fanout",
              List.of(
                  "40 events/s: Belfry",
                  "40 events/s: Belfry, p99",
                  "8 events/s: Belfry, processor time per delivery")),
          Map.entry(
              "stalled",
              List.of("p99 beside 0 that do not read", "p99 beside 10 that do not read")),
          Map.entry("soak", List.of("resident memory, last fifth of the time")),
          Map.entry(
              "allocation",
              List.of(
                  "encode an event for the log: allocated",
                  "for each stream, an event of 200 bytes: allocated")),
          Map.entry(
              "growth",
              List.of(
                  "find, by sessions, 16×",
                  "cleanup, by expired sessions, 4×",
                  "publish, by events in the log, 1×",
                  "publish, by replicas that listen, for each, 16×",
                  "delivery to a stream, by streams, 16×")));

  @Test
  void everyPartMeasuresBelfryAndItsPeers() throws Exception {
    List<String> options = new ArrayList<>(SMOKE);
    options.add("-Dbench.parts=" + String.join(",", MEASURED.keySet()));
    Process bench = start(options.toArray(String[]::new));

    assertThat(bench.waitFor(10, TimeUnit.MINUTES)).isTrue();
    assertThat(bench.exitValue()).as(output()).isZero();
    for (Map.Entry<String, List<String>> part : MEASURED.entrySet()) {
      JsonObject report = report(part.getKey());
      assertThat(part.getValue())
          .allSatisfy(name -> assertThat(figure(report, name)).as(name).isPositive());
      assertThat(report.getJsonArray("goals")).as(part.getKey()).isNotEmpty();
      assertThat(Files.readString(directory.resolve(part.getKey() + ".md")))
          .contains("| Goal | Measured | |", "| Figure | Median | Spread |");
    }
    assertThat(Files.readString(directory.resolve("growth.svg")))
        .contains("<svg", "find, by sessions")
        .containsPattern("(?s)(<polyline.*){6}");
  }

  @ParameterizedTest
  @CsvSource({
    "-Dbench.parts=nonsense, no part is called \"nonsense\"; there is publish",
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

  private JsonObject report(String part) throws IOException {
    try (JsonReader reader =
        Json.createReader(Files.newBufferedReader(directory.resolve(part + ".json")))) {
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
    command.add("-Dbench.work=" + directory.resolve("work"));
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
