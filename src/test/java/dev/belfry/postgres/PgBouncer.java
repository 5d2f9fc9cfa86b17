package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.belfry.cluster.Ports;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The machine's PgBouncer in front of a PostgreSQL, in transaction mode: one after the other, the
 * transactions of a client's connection run on different connections of the server.
 */
final class PgBouncer implements AutoCloseable {

  private static final int POOL_SIZE = 3;
  private static final Duration START_LIMIT = Duration.ofSeconds(10);

  // Round robin over connections that are all open: the default, last in first out, gives a lone
  // client the same one again and again, and so hides that it relies on it. No file for users is
  // needed by "any", which is "trust" for the one user named with the database. No reset query:
  // in transaction mode there is none.
  private static final String CONFIGURATION =
      """
      [databases]
      postgres = host=127.0.0.1 port=%1$d dbname=postgres user=postgres

      [pgbouncer]
      listen_addr = 127.0.0.1
      listen_port = %2$d
      unix_socket_dir =
      auth_type = any
      pool_mode = transaction
      default_pool_size = %3$d
      min_pool_size = %3$d
      server_round_robin = 1
      server_login_retry = 1
      max_client_conn = 200
      ignore_startup_parameters = extra_float_digits
      """;

  private final int port = Ports.free(1).get(0);
  private final Path directory;
  private final Path configuration;
  private final Path log;
  private final Process process;

  private PgBouncer(Path program, int databasePort) throws IOException {
    this.directory = Files.createTempDirectory("pgbouncer");
    this.configuration = directory.resolve("pgbouncer.ini");
    this.log = directory.resolve("pgbouncer.log");
    Files.writeString(configuration, CONFIGURATION.formatted(databasePort, port, POOL_SIZE));
    this.process =
        new ProcessBuilder(command(program))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
  }

  private List<String> command(Path program) {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    // It refuses to run as root. What it must read it reads before it changes the user; it writes
    // nothing but its log, to the file that we open.
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("-u", "nobody"));
    }
    command.add(configuration.toString());
    return command;
  }

  /**
   * Starts one at a port of its own and waits until its pool is full; other ones do not matter.
   *
   * @param databasePort of a PostgreSQL on 127.0.0.1 that trusts the user postgres
   */
  static PgBouncer start(int databasePort) throws IOException {
    PgBouncer started =
        new PgBouncer(
            program().orElseThrow(() -> new IOException("PgBouncer is not installed.")),
            databasePort);
    try {
      await()
          .atMost(START_LIMIT)
          .pollInterval(Duration.ofMillis(20))
          .failFast(() -> !started.process.isAlive())
          .until(() -> started.opensTransactions(POOL_SIZE));
      return started;
    } catch (RuntimeException failure) {
      try (started) {
        throw new IOException("PgBouncer: " + Files.readString(started.log), failure);
      }
    }
  }

  /** Whether there is a program to start. */
  static boolean isInstalled() {
    return program().isPresent();
  }

  /**
   * Skips the calling test when PgBouncer is not installed; fails it instead where the system
   * property {@code belfry.require-pgbouncer} is true, so that CI does not skip it unnoticed.
   */
  static void assumeInstalled() {
    if (Boolean.getBoolean("belfry.require-pgbouncer")) {
      assertThat(isInstalled()).as("PgBouncer is installed").isTrue();
    } else {
      assumeThat(isInstalled()).as("PgBouncer is installed").isTrue();
    }
  }

  // Debian's place for it is not on everybody's path.
  private static Optional<Path> program() {
    return Stream.concat(
            Stream.of(System.getenv("PATH").split(File.pathSeparator)), Stream.of("/usr/sbin"))
        .map(place -> Path.of(place, "pgbouncer"))
        .filter(Files::isExecutable)
        .findFirst();
  }

  // At once, which fills the pool: from one connection of the server there is nothing to rotate.
  private boolean opensTransactions(int count) {
    if (count == 0) {
      return true;
    }
    try (Connection connection = dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("SELECT 1");
      boolean others = opensTransactions(count - 1);
      connection.rollback();
      return others;
    } catch (SQLException ignored) {
      // Not yet.
      return false;
    }
  }

  /**
   * A DataSource without a pool of its own and without prepared statements that outlive their
   * transaction, of which PgBouncer knows nothing before its version 1.21.
   */
  PGSimpleDataSource dataSource() {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setServerNames(new String[] {"127.0.0.1"});
    dataSource.setPortNumbers(new int[] {port});
    dataSource.setUser("postgres");
    dataSource.setDatabaseName("postgres");
    dataSource.setPrepareThreshold(0);
    return dataSource;
  }

  /** Ends it and all connections through it, and deletes its files. Idempotent. */
  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException ignored) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    Files.deleteIfExists(configuration);
    Files.deleteIfExists(log);
    Files.deleteIfExists(directory);
  }
}
