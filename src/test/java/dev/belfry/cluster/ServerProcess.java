package dev.belfry.cluster;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/** One process, from its start to its end; tells an end that was asked for from a death. */
final class ServerProcess {
  private final Process process;
  private volatile boolean stopping;

  ServerProcess(ProcessBuilder command) {
    try {
      this.process = command.start();
    } catch (IOException e) {
      throw new ClusterException("Cannot start " + command.command().get(0) + ": " + e, e);
    }
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  int exitCode() {
    return process.exitValue();
  }

  /** Tells the exit code to the listener, on another thread, if the end was not asked for. */
  void onDeath(IntConsumer listener) {
    CompletableFuture<Void> unused =
        process
            .onExit()
            .thenAccept(
                ended -> {
                  if (!stopping) {
                    listener.accept(ended.exitValue());
                  }
                });
  }

  /** Asks it to end (SIGTERM) and does not wait. */
  void terminate() {
    stopping = true;
    process.destroy();
  }

  /** Ends it at once (SIGKILL) and waits until it is gone, its ports free. */
  void kill() {
    stopping = true;
    process.destroyForcibly();
    awaitEnd(Duration.ofSeconds(5));
  }

  /**
   * Waits for the end.
   *
   * @return whether it has come; false also when interrupted
   */
  boolean awaitEnd(Duration limit) {
    try {
      return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException ignored) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
