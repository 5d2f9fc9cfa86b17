package dev.belfry.bench;

import dev.belfry.cluster.ClusterException;
import dev.belfry.cluster.ClusterFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Supplier;

/** Measures the parts asked for, and writes a JSON file and a Markdown table for each. */
public final class BenchCommand {
  static final String PARTS = "bench.parts";
  static final String DIRECTORY = "bench.directory";

  private final Properties properties;
  private final Map<String, Supplier<Part>> parts;

  private BenchCommand(Properties properties) {
    this.properties = properties;
    this.parts = Map.of(StreamsPart.NAME, this::streams);
  }

  private Part streams() {
    return new StreamsPart(ClusterFiles.fromSystemProperties(), StreamsOptions.from(properties));
  }

  /**
   * Runs until all parts are done, or one cannot be measured.
   *
   * @param arguments none; options are system properties
   * @throws InterruptedException if Maven gives up on this command; nothing is left running
   */
  public static void main(String[] arguments) throws InterruptedException {
    try {
      new BenchCommand(System.getProperties()).run();
    } catch (BenchException | ClusterException failure) {
      System.err.println(failure.getMessage());
      System.exit(1);
    }
  }

  private void run() throws InterruptedException {
    Path directory = Path.of(properties.getProperty(DIRECTORY, "target/bench")).toAbsolutePath();
    // All of them before the first, which takes minutes: a wrong option is told at once.
    for (Part part : chosen()) {
      System.out.println("Measuring: " + part.name());
      Report report = part.measure();
      write(report, directory);
      System.out.println(report.markdown());
    }
    System.out.println("The results are in " + directory);
  }

  private List<Part> chosen() {
    String names = properties.getProperty(PARTS, String.join(",", parts.keySet()));
    return Arrays.stream(names.split(",")).map(String::strip).map(this::part).toList();
  }

  private Part part(String name) {
    Supplier<Part> part = parts.get(name);
    if (part == null) {
      throw new BenchException(
          "-D%s: no part is called \"%s\"; there is %s."
              .formatted(PARTS, name, String.join(", ", parts.keySet())));
    }
    return part.get();
  }

  private static void write(Report report, Path directory) {
    try {
      Files.createDirectories(directory);
      Files.writeString(directory.resolve(report.part() + ".json"), report.json().toString());
      Files.writeString(directory.resolve(report.part() + ".md"), report.markdown());
    } catch (IOException e) {
      throw new BenchException("The results cannot be written to " + directory + ": " + e, e);
    }
  }
}
