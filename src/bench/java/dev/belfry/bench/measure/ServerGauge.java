package dev.belfry.bench.measure;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** What a server's process takes of the machine. Thread-safe. */
public final class ServerGauge {
  private final long pid;
  private final Path proc;

  public ServerGauge(long pid) {
    this.pid = pid;
    this.proc = Path.of("/proc", Long.toString(pid));
    if (Files.notExists(proc)) {
      throw new BenchException("There is no " + proc + ": this needs Linux, and a running server.");
    }
  }

  /**
   * All that there is at one moment.
   *
   * @param heapBytes live objects, after a full collection
   * @param residentBytes of the process, also what the collector keeps for later
   * @param threads of the process: Java's and the JVM's own
   * @param openFiles sockets included
   */
  public record State(long heapBytes, long residentBytes, int threads, int openFiles) {}

  /** Collects garbage first, which stops the server for a moment. */
  public State state() {
    return new State(heapBytes(), residentBytes(), threads(), openFiles());
  }

  public int threads() {
    return Math.toIntExact(status("Threads:"));
  }

  public long residentBytes() {
    return status("VmRSS:") * 1024;
  }

  private long status(String name) {
    try (Stream<String> lines = Files.lines(proc.resolve("status"))) {
      return lines
          .filter(line -> line.startsWith(name))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow(() -> new BenchException("No " + name + " in " + proc.resolve("status")));
    } catch (IOException e) {
      throw new BenchException("The server is gone: " + e, e);
    }
  }

  public int openFiles() {
    try (Stream<Path> files = Files.list(proc.resolve("fd"))) {
      return Math.toIntExact(files.count());
    } catch (IOException e) {
      throw new BenchException("The server is gone: " + e, e);
    }
  }

  /** Since its start, on all processors. */
  public Duration processorTime() {
    return ProcessorTime.of(pid);
  }

  // The histogram is of what a full collection leaves, and ends with the sum.
  private long heapBytes() {
    return jcmd("GC.class_histogram").stream()
        .filter(line -> line.startsWith("Total"))
        .mapToLong(line -> Long.parseLong(line.strip().replaceAll(".* ", "")))
        .findFirst()
        .orElseThrow(() -> new BenchException("The server's heap is not known."));
  }

  private List<String> jcmd(String command) {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    try {
      Process process =
          new ProcessBuilder(jcmd.toString(), Long.toString(pid), command)
              .redirectErrorStream(true)
              .start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new BenchException("%s %s failed: %s".formatted(jcmd, command, output));
      }
      return output.lines().toList();
    } catch (IOException e) {
      throw new BenchException("Cannot run " + jcmd + ", which a JDK has: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("Interrupted while the heap was looked at", e);
    }
  }
}
