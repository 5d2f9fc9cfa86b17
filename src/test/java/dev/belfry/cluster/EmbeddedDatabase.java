package dev.belfry.cluster;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A PostgreSQL of our own, on the loopback interface only. It can be stopped and started again with
 * its data and its port, and keeps both until {@link #close}. Thread-safe.
 */
public final class EmbeddedDatabase implements Database {

  /** How to stop PostgreSQL. */
  public enum StopMode {
    /** Ends all connections, then stops in order. */
    FAST,
    /** As a crash would; the next start recovers. */
    IMMEDIATE
  }

  // Its errors reach our caller as exceptions, the rest is progress. A field, because the log
  // manager forgets the level of a logger that nobody holds.
  private static final Logger SILENCED = Logger.getLogger("io.zonky.test");

  static {
    SILENCED.setLevel(Level.OFF);
  }

  private static final Duration START_LIMIT = Duration.ofSeconds(30);

  private final int port = Ports.free(1).get(0);
  private final Path directory;
  private final Path log;
  private final Map<String, String> serverSettings;

  // Guarded by this.
  private Optional<EmbeddedPostgres> running = Optional.empty();
  // Guarded by this.
  private boolean created;

  /**
   * Starts nothing yet.
   *
   * @param directory for data and log; emptied by the first start
   * @param serverSettings as in postgresql.conf; values without spaces
   */
  public EmbeddedDatabase(Path directory, Map<String, String> serverSettings) {
    this.directory = directory;
    this.log = directory.resolve("postgresql.log");
    this.serverSettings = Map.copyOf(serverSettings);
  }

  /** Starts PostgreSQL if it is not running, the first time with an empty database. */
  @Override
  public synchronized void start() {
    if (running.isPresent()) {
      return;
    }
    try {
      if (!created) {
        create();
      }
      running = Optional.of(settings().start());
    } catch (IOException | RuntimeException e) {
      // It may come up all the same, only later than we waited.
      Postmaster.of(dataDirectory()).ifPresent(Postmaster::kill);
      throw new ClusterException(
          "PostgreSQL does not start: %s. The end of %s:%n%s"
              .formatted(e.getMessage(), log, LogFile.end(log)),
          e);
    }
  }

  private void create() throws IOException {
    // One that an earlier run left behind, when it was killed and could not clean up
    Postmaster.of(dataDirectory()).ifPresent(orphan -> orphan.stop(StopMode.IMMEDIATE));
    Directories.delete(directory);
    Files.createDirectories(directory);
    created = true;
  }

  private EmbeddedPostgres.Builder settings() {
    EmbeddedPostgres.Builder builder =
        EmbeddedPostgres.builder()
            .setPort(port)
            .setDataDirectory(dataDirectory())
            .setCleanDataDirectory(false)
            // Whoever closes us does so after the replicas; a hook of its own would not wait.
            .setRegisterShutdownHook(false)
            .setPGStartupWait(START_LIMIT)
            .setOutputRedirector(Redirect.appendTo(log.toFile()))
            .setServerConfig("listen_addresses", "127.0.0.1")
            .setServerConfig("unix_socket_directories", "")
            // The default of the library is off, and an immediate stop then forgets commits.
            .setServerConfig("synchronous_commit", "on")
            // 16 replicas with pools of 20, and guests
            .setServerConfig("max_connections", "400");
    serverSettings.forEach(builder::setServerConfig);
    return builder;
  }

  /**
   * Stops PostgreSQL if it is running; the data stays for the next {@link #start}.
   *
   * @param mode in order, or like a crash
   */
  public synchronized void stop(StopMode mode) {
    if (running.isPresent()) {
      Postmaster.of(dataDirectory()).ifPresent(postmaster -> postmaster.stop(mode));
      release(running.get());
      running = Optional.empty();
    }
  }

  // Gives up the lock on the data directory; finds PostgreSQL stopped already.
  private static void release(EmbeddedPostgres postgres) {
    try {
      postgres.close();
    } catch (IOException e) {
      throw new ClusterException("PostgreSQL's data directory stays locked: " + e, e);
    }
  }

  @Override
  public DatabaseAddress address() {
    return new DatabaseAddress("jdbc:postgresql://127.0.0.1:" + port + "/postgres", "postgres", "");
  }

  /**
   * Where the data is, and postgresql.conf.
   *
   * @return there from the first start until close
   */
  public Path dataDirectory() {
    return directory.resolve("data");
  }

  /** Stops PostgreSQL and deletes its data, not its log. Idempotent. */
  @Override
  public synchronized void close() {
    stop(StopMode.FAST);
    // What is there before the first start may be somebody else's, and in use.
    if (created) {
      Directories.delete(dataDirectory());
      created = false;
    }
  }
}
