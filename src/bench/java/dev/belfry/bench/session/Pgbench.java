package dev.belfry.bench.session;

import dev.belfry.bench.measure.BenchDatabase;
import dev.belfry.bench.measure.BenchException;
import dev.belfry.bench.measure.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** PostgreSQL's own benchmark, if it is installed: what the database gives to a client in C. */
final class Pgbench {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Pattern RATE =
      Pattern.compile("tps = ([0-9.]+) \\(without initial connection time\\)");

  private final Path executable;
  private final BenchDatabase database;
  private final Path work;
  private final Path script;

  private Pgbench(Path executable, BenchDatabase database, Path work, String script) {
    this.executable = executable;
    this.database = database;
    this.work = work;
    this.script = work.resolve("script.sql");
    try {
      Files.createDirectories(work);
      Files.writeString(this.script, script);
    } catch (IOException failure) {
      throw new BenchException("pgbench's script cannot be written: " + failure, failure);
    }
  }

  /** Empty if there is none. */
  static Optional<Pgbench> of(BenchDatabase database, Path work, String script) {
    return Program.find("pgbench")
        .map(executable -> new Pgbench(executable, database, work, script));
  }

  /**
   * How often a second it runs its script.
   *
   * @param duration rounded up to seconds
   */
  double perSecond(int clients, Duration duration) throws InterruptedException {
    long seconds = Math.max(1, duration.plusMillis(999).toSeconds());
    int threads = Math.min(clients, Runtime.getRuntime().availableProcessors());
    List<String> command =
        List.of(
            executable.toString(),
            "--host=127.0.0.1",
            "--port=" + database.port(),
            "--username=postgres",
            "--no-vacuum",
            "--protocol=prepared",
            "--file=" + script,
            "--client=" + clients,
            "--jobs=" + threads,
            "--time=" + seconds,
            "postgres");
    try (Program program = Program.start(command, work)) {
      program.awaitEnd(PATIENCE.plusSeconds(seconds));
      Matcher rate = RATE.matcher(program.output());
      if (!rate.find()) {
        throw new BenchException("pgbench does not say how fast it was: " + program.output());
      }
      return Double.parseDouble(rate.group(1));
    }
  }
}
