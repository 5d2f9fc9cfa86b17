package dev.belfry.container;

import dev.belfry.cluster.DatabaseAddress;
import dev.belfry.cluster.EmbeddedDatabase;
import dev.belfry.cluster.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Prepares what {@code arquillian.xml} names, before Arquillian reads it: PostgreSQL, and a
 * directory for each server. Does so only for the tests in servers.
 */
public final class LibertyServers implements LauncherSessionListener {

  /** Given to the tests in servers only. */
  private static final String JVM_OPTIONS = "belfry.liberty.jvm-options";

  /** Tests reach the servers' database through it. */
  static final String DATABASE_URL = "container.database.url";

  private EmbeddedDatabase database;

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    if (System.getProperty(JVM_OPTIONS) == null) {
      return;
    }
    Path work = Path.of(System.getProperty("belfry.liberty.work")).toAbsolutePath();
    Path user = work.resolve("container");
    database =
        new EmbeddedDatabase(
            work.resolve("container-database"), Map.of("max_prepared_transactions", "50"));
    database.start();
    System.setProperty(DATABASE_URL, database.address().url());
    System.setProperty("liberty.home", System.getProperty("belfry.liberty.install"));
    System.setProperty("liberty.usr", user.toString());
    try {
      for (String name : List.of("alpha", "beta")) {
        // The adapter takes any JVM whose command line ends in the name for a server left running.
        String server = name + "-" + ProcessHandle.current().pid();
        int port = Ports.free(1).get(0);
        createServer(user.resolve("servers").resolve(server), name, port);
        System.setProperty(name + ".server", server);
        System.setProperty(name + ".port", Integer.toString(port));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  // Arquillian has stopped the servers by now.
  @Override
  public void launcherSessionClosed(LauncherSession session) {
    if (database != null) {
      database.close();
    }
  }

  private void createServer(Path directory, String name, int port) throws IOException {
    DatabaseAddress address = database.address();
    Files.createDirectories(directory);
    Files.copy(
        Path.of(System.getProperty("belfry.liberty.config"), "server.xml"),
        directory.resolve("server.xml"),
        StandardCopyOption.REPLACE_EXISTING);
    Files.writeString(
        directory.resolve("bootstrap.properties"),
        """
        replica.name=%s
        http.port=%d
        database.url=%s
        database.user=%s
        database.password=%s
        driver.directory=%s
        belfry.stream.heartbeat=PT1S
        belfry.session.cleanup-interval=PT1S
        """
            .formatted(
                name,
                port,
                address.url(),
                address.user(),
                address.password(),
                System.getProperty("belfry.driver.directory")));
    Files.writeString(
        directory.resolve("server.env"), "JAVA_HOME=" + System.getProperty("java.home") + "\n");
    // Soft references are no leak, but would keep class loaders until memory is short.
    String options = System.getProperty(JVM_OPTIONS).strip() + " -XX:SoftRefLRUPolicyMSPerMB=0";
    Files.writeString(
        directory.resolve("jvm.options"), String.join("\n", options.split(" +")) + "\n");
  }
}
