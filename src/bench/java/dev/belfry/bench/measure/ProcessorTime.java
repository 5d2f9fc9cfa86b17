package dev.belfry.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What processes have used of the processors since they began: user and system (proc(5)). */
public final class ProcessorTime {
  private static final Path PROC = Path.of("/proc");

  /** Whatever the kernel's own are, it shows user space a hundred a second. */
  private static final Duration TICK = Duration.ofMillis(10);

  // Counted from the one after the command, which is in brackets and may contain anything.
  private static final int PARENT = 1;
  private static final int USER = 11;
  private static final int SYSTEM = 12;
  private static final int ENDED_USER = 13;
  private static final int ENDED_SYSTEM = 14;

  private ProcessorTime() {}

  /** Of one process. */
  public static Duration of(long pid) {
    List<String> fields = fields(pid).orElseThrow(() -> new BenchException("The server is gone."));
    return ticks(fields, USER, SYSTEM);
  }

  /** Of a process and its children, also those that have ended. */
  public static Duration ofFamily(long pid) {
    List<String> parent = fields(pid).orElseThrow(() -> new BenchException("The server is gone."));
    Duration sum = ticks(parent, USER, SYSTEM, ENDED_USER, ENDED_SYSTEM);
    try (Stream<Path> processes = Files.list(PROC)) {
      return processes
          .map(process -> process.getFileName().toString())
          .filter(name -> Character.isDigit(name.charAt(0)))
          .map(name -> fields(Long.parseLong(name)))
          .flatMap(Optional::stream)
          .filter(child -> Long.parseLong(child.get(PARENT)) == pid)
          .map(child -> ticks(child, USER, SYSTEM, ENDED_USER, ENDED_SYSTEM))
          .reduce(sum, Duration::plus);
    } catch (IOException e) {
      throw new BenchException("There is no " + PROC + ": this needs Linux. " + e, e);
    }
  }

  private static Duration ticks(List<String> fields, int... positions) {
    long ticks = 0;
    for (int position : positions) {
      ticks += Long.parseLong(fields.get(position));
    }
    return TICK.multipliedBy(ticks);
  }

  /** Empty if the process has ended. */
  private static Optional<List<String>> fields(long pid) {
    try {
      String stat = Files.readString(PROC.resolve(Long.toString(pid)).resolve("stat"));
      return Optional.of(List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ")));
    } catch (NoSuchFileException ended) {
      return Optional.empty();
    } catch (IOException ended) {
      return Optional.empty(); // While it was read.
    }
  }
}
