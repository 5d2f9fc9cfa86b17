package dev.belfry.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Reads logs that others write. */
final class LogFile {
  private static final int LAST_LINES = 15;

  private LogFile() {}

  /** Returns all there is; nothing if there is no file yet. */
  static String read(Path file) {
    try {
      // Not Files.readString: a half-written character must not be an error.
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (NoSuchFileException ignored) {
      return "";
    } catch (IOException e) {
      throw new ClusterException("Cannot read " + file + ": " + e, e);
    }
  }

  /** Returns the last lines, enough to see why a process ended. */
  static String end(Path file) {
    List<String> lines = read(file).lines().toList();
    return String.join(
        System.lineSeparator(),
        lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
  }
}
