package dev.belfry.bench.measure;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;

/** A peer that is a program of its own: started, and ended with what measured it. */
public final class Program implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(20);
  private static final int STOP_SECONDS = 10;

  private final Process process;
  private final Path output;

  private Program(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /** Where it is installed; empty if it is not. */
  public static Optional<Path> find(String name) {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Stream.concat(Arrays.stream(path.split(":")), Stream.of("/usr/sbin"))
        .filter(directory -> !directory.isEmpty())
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Starts one.
   *
   * @param directory for its output; made if it is not there
   */
  public static Program start(List<String> command, Path directory) {
    try {
      Files.createDirectories(directory);
      Path output = directory.resolve(Path.of(command.get(0)).getFileName() + ".log");
      return new Program(
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start(),
          output);
    } catch (IOException failure) {
      throw new BenchException(command.get(0) + " does not start: " + failure, failure);
    }
  }

  /** Returns when it accepts connections; ends it if that takes too long. */
  public void awaitPort(int port) {
    try {
      await().atMost(START).until(() -> !process.isAlive() || accepts(port));
    } catch (ConditionTimeoutException late) {
      close();
      throw new BenchException("It does not accept connections: " + output(), late);
    }
    if (!process.isAlive()) {
      throw new BenchException("It has ended: " + output());
    }
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException notYet) {
      return false;
    }
  }

  /** Waits until it has ended by itself, and without a failure. */
  public void awaitEnd(Duration limit) throws InterruptedException {
    if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new BenchException("It does not end: " + output());
    }
    if (process.exitValue() != 0) {
      throw new BenchException("It has failed: " + output());
    }
  }

  public long pid() {
    return process.pid();
  }

  /** What it has said. */
  public String output() {
    try {
      return Files.readString(output);
    } catch (IOException failure) {
      return "(" + failure + ")";
    }
  }

  /** Ends it, and waits for that. Idempotent. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException interruption) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
