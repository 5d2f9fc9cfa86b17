package dev.belfry.cluster;

import dev.belfry.cluster.EmbeddedDatabase.StopMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * PostgreSQL's main process. It is no child of ours: pg_ctl starts it in a session of its own, so
 * that a Ctrl-C in the terminal does not reach it.
 */
final class Postmaster {
  private static final Duration STOP_LIMIT = Duration.ofSeconds(5);
  private static final Duration POLL_INTERVAL = Duration.ofMillis(20);

  private final ProcessHandle process;

  private Postmaster(ProcessHandle process) {
    this.process = process;
  }

  /** Finds the one that runs on a data directory. */
  static Optional<Postmaster> of(Path dataDirectory) {
    try {
      return Files.readAllLines(dataDirectory.resolve("postmaster.pid")).stream()
          .findFirst()
          .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid.strip())))
          .filter(Postmaster::isPostgres)
          .map(Postmaster::new);
    } catch (IOException ignored) {
      // No such file: PostgreSQL is not running.
      return Optional.empty();
    }
  }

  // A postmaster that was killed leaves its file, and another process may get its number. One that
  // has ended and that nobody reaps is "alive", but runs no program.
  private static boolean isPostgres(ProcessHandle process) {
    return process.info().command().filter(command -> command.contains("postgres")).isPresent();
  }

  /** Asks it to stop, and insists if it does not. */
  void stop(StopMode mode) {
    signal(mode == StopMode.FAST ? "INT" : "QUIT");
    if (!awaitEnd()) {
      signal("QUIT");
      if (!awaitEnd()) {
        kill();
      }
    }
  }

  /** Ends it at once; its children notice and follow. */
  void kill() {
    process.destroyForcibly();
    awaitEnd();
  }

  // Through the shell, which has "kill" built in: not every machine has it as a program.
  private void signal(String signal) {
    try {
      new ProcessBuilder("sh", "-c", "kill -" + signal + " " + process.pid()).start().waitFor();
    } catch (IOException e) {
      throw new ClusterException("PostgreSQL cannot be told to stop: " + e, e);
    } catch (InterruptedException ignored) {
      // The caller stops anyway; the signal is on its way.
      Thread.currentThread().interrupt();
    }
  }

  // Polled: for a process that is no child, ProcessHandle.onExit looks only every few seconds.
  private boolean awaitEnd() {
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < STOP_LIMIT.toNanos()) {
      if (!isPostgres(process)) {
        return true;
      }
      LockSupport.parkNanos(POLL_INTERVAL.toNanos());
    }
    return !isPostgres(process);
  }
}
