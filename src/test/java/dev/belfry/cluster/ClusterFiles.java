package dev.belfry.cluster;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * What the build prepared for clusters. Immutable.
 *
 * @param war the application that every replica runs
 * @param install an Open Liberty installation; never written to
 * @param config the server configuration, copied for every replica
 * @param work where replicas and PostgreSQL keep their files
 * @param driver the directory that has pgjdbc
 */
public record ClusterFiles(Path war, Path install, Path config, Path work, Path driver) {

  /** Checks that all is there, and names all that is not. */
  public ClusterFiles {
    List<String> missing = new ArrayList<>();
    require(Files.isRegularFile(war), "belfry.demo.war: no file " + war, missing);
    require(
        Files.isRegularFile(install.resolve("bin/tools/ws-server.jar")),
        "belfry.liberty.install: no Open Liberty in " + install,
        missing);
    require(
        Files.isRegularFile(config.resolve("server.xml")),
        "belfry.liberty.config: no server.xml in " + config,
        missing);
    require(hasDriver(driver), "belfry.driver.directory: no pgjdbc in " + driver, missing);
    throwIfAny(missing);
  }

  /**
   * Takes the places from the system properties {@code belfry.demo.war}, {@code
   * belfry.liberty.install}, {@code .config}, {@code .work} and {@code belfry.driver.directory}.
   *
   * @return where the build put things
   * @throws ClusterException naming everything that is not set or not there
   */
  public static ClusterFiles fromSystemProperties() {
    Properties properties = System.getProperties();
    List<String> missing = new ArrayList<>();
    Path war = path(properties, "belfry.demo.war", missing);
    Path install = path(properties, "belfry.liberty.install", missing);
    Path config = path(properties, "belfry.liberty.config", missing);
    Path work = path(properties, "belfry.liberty.work", missing);
    Path driver = path(properties, "belfry.driver.directory", missing);
    throwIfAny(missing);
    return new ClusterFiles(war, install, config, work, driver);
  }

  private static Path path(Properties properties, String key, List<String> missing) {
    String value = properties.getProperty(key, "");
    require(!value.isBlank(), key + ": not set", missing);
    return Path.of(value).toAbsolutePath();
  }

  private static void require(boolean condition, String otherwise, List<String> missing) {
    if (!condition) {
      missing.add(otherwise);
    }
  }

  private static void throwIfAny(List<String> missing) {
    if (!missing.isEmpty()) {
      throw new ClusterException(
          "The build did not prepare what a cluster needs: " + String.join("; ", missing));
    }
  }

  private static boolean hasDriver(Path directory) {
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(directory, "postgresql-*.jar")) {
      return jars.iterator().hasNext();
    } catch (IOException ignored) {
      // No such directory: what the caller then says is all there is to say.
      return false;
    }
  }
}
