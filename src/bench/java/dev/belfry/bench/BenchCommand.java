package dev.belfry.bench;

import dev.belfry.bench.cost.AllocationPart;
import dev.belfry.bench.event.LatencyPart;
import dev.belfry.bench.event.ListenersPart;
import dev.belfry.bench.event.PublishPart;
import dev.belfry.bench.growth.GrowthPart;
import dev.belfry.bench.measure.BenchException;
import dev.belfry.bench.measure.Options;
import dev.belfry.bench.measure.Part;
import dev.belfry.bench.measure.Report;
import dev.belfry.bench.session.CleanupPart;
import dev.belfry.bench.session.FindPart;
import dev.belfry.bench.session.TouchPart;
import dev.belfry.bench.session.WritePart;
import dev.belfry.bench.stream.FanoutPart;
import dev.belfry.bench.stream.SoakPart;
import dev.belfry.bench.stream.StalledPart;
import dev.belfry.bench.stream.StreamsPart;
import dev.belfry.cluster.ClusterException;
import dev.belfry.cluster.ClusterFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.LogManager;

/** Measures the parts asked for, and writes a JSON file and a Markdown table for each. */
public final class BenchCommand {
  private final Options options;

  /** In the order in which they are measured. */
  private final Map<String, Supplier<Part>> parts = new LinkedHashMap<>();

  private final Path directory;

  private BenchCommand(Options options) {
    this.options = options;
    this.directory = Path.of(options.text("directory", "target/bench")).toAbsolutePath();
    Path work = Path.of(options.text("work", "target/bench-work")).toAbsolutePath();
    parts.put("publish", () -> new PublishPart(work, options));
    parts.put("latency", () -> new LatencyPart(work, options));
    parts.put("listeners", () -> new ListenersPart(work, options));
    parts.put("find", () -> new FindPart(work, options));
    parts.put("write", () -> new WritePart(work, options));
    parts.put("touch", () -> new TouchPart(work, options));
    parts.put("cleanup", () -> new CleanupPart(work, options));
    parts.put("fanout", () -> new FanoutPart(files(), options));
    parts.put("stalled", () -> new StalledPart(files(), options));
    parts.put("soak", () -> new SoakPart(files(), options));
    parts.put("streams", () -> new StreamsPart(files(), options));
    parts.put("allocation", () -> new AllocationPart(options));
    parts.put("growth", () -> new GrowthPart(files(), work, directory, options));
  }

  // Only for who needs it: the others are measured without a server's files.
  private static ClusterFiles files() {
    return ClusterFiles.fromSystemProperties();
  }

  /**
   * Runs until all parts are done, or one cannot be measured.
   *
   * @param arguments none; options are system properties
   * @throws InterruptedException if Maven gives up on this command; nothing is left running
   */
  public static void main(String[] arguments) throws InterruptedException {
    LogManager.getLogManager().getLogger("").setLevel(Level.SEVERE);
    try {
      new BenchCommand(new Options(System.getProperties())).run();
    } catch (BenchException | ClusterException failure) {
      System.err.println(failure.getMessage());
      System.exit(1);
    }
  }

  private void run() throws InterruptedException {
    // All of them before the first, which takes minutes: a wrong option is told at once.
    Map<String, Part> chosen = new LinkedHashMap<>();
    for (String name : options.text("parts", String.join(",", parts.keySet())).split(",", -1)) {
      chosen.put(name.strip(), part(name.strip()));
    }
    for (Map.Entry<String, Part> part : chosen.entrySet()) {
      System.out.println("Measuring: " + part.getKey());
      Report report = part.getValue().report(part.getKey());
      write(report);
      System.out.println(report.markdown());
    }
    System.out.println("The results are in " + directory);
  }

  private Part part(String name) {
    Supplier<Part> part = parts.get(name);
    if (part == null) {
      throw new BenchException(
          "-Dbench.parts: no part is called \"%s\"; there is %s."
              .formatted(name, String.join(", ", parts.keySet())));
    }
    return part.get();
  }

  private void write(Report report) {
    try {
      Files.createDirectories(directory);
      Files.writeString(directory.resolve(report.part() + ".json"), report.json().toString());
      Files.writeString(directory.resolve(report.part() + ".md"), report.markdown());
    } catch (IOException e) {
      throw new BenchException("The results cannot be written to " + directory + ": " + e, e);
    }
  }
}
