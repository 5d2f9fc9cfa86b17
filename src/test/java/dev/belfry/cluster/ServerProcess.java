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
  private volatile boolean frozen;

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

  /** Suspends it (SIGSTOP): it lives, but does nothing until it is thawed. Idempotent. */
  void freeze() {
    frozen = true;
    signal("STOP");
  }

  /** Lets it go on where it was frozen (SIGCONT). Idempotent. */
  void thaw() {
    signal("CONT");
    frozen = false;
  }

  // Through the shell, which has "kill" built in: not every machine has it as a program.
  private void signal(String signal) {
    if (!isAlive()) {
      return;
    }
    try {
      new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pid()).start().waitFor();
    } catch (IOException e) {
      throw new ClusterException("Cannot send SIG" + signal + " to " + pid() + ": " + e, e);
    } catch (InterruptedException ignored) {
      // The caller stops anyway; the signal is on its way.
      Thread.currentThread().interrupt();
    }
  }

  /** Asks it to end (SIGTERM) and does not wait. One that is frozen is thawed, to hear it. */
  void terminate() {
    stopping = true;
    process.destroy();
    if (frozen) {
      thaw();
    }
  }

  /** Ends it at once (SIGKILL), even frozen, and waits until it is gone, its ports free. */
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
