package dev.belfry.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Copies and deletes whole directories. */
final class Directories {
  private Directories() {}

  static void copy(Path from, Path to) throws IOException {
    for (Path source : all(from)) {
      Path target = to.resolve(from.relativize(source).toString());
      if (Files.isDirectory(source)) {
        Files.createDirectories(target);
      } else {
        Files.copy(source, target);
      }
    }
  }

  /** Deletes what is there. A process that is just ending may still remove files itself. */
  static void delete(Path directory) {
    try {
      for (Path path : all(directory).stream().sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | UncheckedIOException e) {
      throw new ClusterException("Cannot delete " + directory + ": " + e, e);
    }
  }

  private static List<Path> all(Path directory) throws IOException {
    if (Files.notExists(directory)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.walk(directory)) {
      return paths.toList();
    }
  }
}
