package dev.belfry.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** A program of the machine that some tests need, by its name. */
record Program(String name) {

  /**
   * Skips the calling test when the program is not installed; fails it instead where the system
   * property {@code belfry.require-} with its name is true, so that CI does not skip it unnoticed.
   */
  void assumeInstalled() {
    if (Boolean.getBoolean("belfry.require-" + name)) {
      assertThat(find()).as("%s is installed", name).isPresent();
    } else {
      assumeThat(find()).as("%s is installed", name).isPresent();
    }
  }

  /** Where it is. Debian's place for daemons is not on everybody's path. */
  Optional<Path> find() {
    return Stream.concat(
            Stream.of(System.getenv("PATH").split(File.pathSeparator)), Stream.of("/usr/sbin"))
        .map(place -> Path.of(place, name))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
