package dev.belfry.cluster;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;

/** The directory of one Open Liberty server: configuration, application, logs. */
final class ServerDirectory {
  private static final String WAR = "demo.war";

  // At the root, so that URLs are short; "dropins" would name the context after the file.
  private static final String APPLICATION =
      """
      <server>
        <webApplication id="demo" location="%s" contextRoot="/"/>
      </server>
      """
          .formatted(WAR);

  private final ClusterFiles files;
  private final String name;
  private final Path path;

  ServerDirectory(ClusterFiles files, String name) {
    this.files = files;
    this.name = name;
    this.path = serversDirectory().resolve(name);
  }

  /** WLP_USER_DIR. */
  Path userDirectory() {
    return files.work().resolve("usr");
  }

  /** WLP_OUTPUT_DIR. */
  Path serversDirectory() {
    return userDirectory().resolve("servers");
  }

  /** Standard output and standard error. */
  Path console() {
    return path.resolve("console.log");
  }

  Path messages() {
    return path.resolve("logs").resolve("messages.log");
  }

  /**
   * Makes it as new, whatever an earlier run left. That includes Liberty's cache, which knows a JAR
   * by its time of change: in a reproducible build that never changes.
   */
  void create(Properties bootstrap) {
    try {
      Directories.delete(path);
      Directories.copy(files.config(), path);
      Path overrides = Files.createDirectories(path.resolve("configDropins/overrides"));
      Files.writeString(overrides.resolve("demo.xml"), APPLICATION);
      Files.copy(files.war(), Files.createDirectories(path.resolve("apps")).resolve(WAR));
      write(bootstrap, path.resolve("bootstrap.properties").toFile());
    } catch (IOException e) {
      throw new ClusterException("Cannot create the server " + name + " in " + path + ": " + e, e);
    }
  }

  private static void write(Properties bootstrap, File file) throws IOException {
    // Closed to others before the password is in it.
    if (!(file.createNewFile() && file.setReadable(false, false) && file.setReadable(true, true))) {
      throw new IOException("cannot protect " + file);
    }
    try (OutputStream out = Files.newOutputStream(file.toPath())) {
      bootstrap.store(out, null);
    }
  }

  /** What to say of a server that ended by itself. */
  String obituary(int exitCode) {
    return "%s ended by itself, with exit code %d. %s".formatted(name, exitCode, endOfConsole());
  }

  String endOfConsole() {
    return "More in %s. The end of %s:%n%s"
        .formatted(messages(), console(), LogFile.end(console()));
  }

  /**
   * What Liberty says of an application that it could not start; it then waits for a better one.
   */
  Optional<String> failedApplication() {
    return LogFile.read(messages())
        .lines()
        .filter(line -> line.contains("CWWKZ0002E") || line.contains("CWWKZ0004E"))
        .findFirst();
  }
}
