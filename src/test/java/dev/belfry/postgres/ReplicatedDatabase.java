package dev.belfry.postgres;

import static java.nio.file.StandardOpenOption.APPEND;
import static org.awaitility.Awaitility.await;

import dev.belfry.cluster.EmbeddedDatabase;
import dev.belfry.cluster.EmbeddedDatabase.StopMode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Two PostgreSQL servers of their own, a primary and its streaming standby, of which the primary
 * can crash for good and the standby take its place. For one thread.
 */
final class ReplicatedDatabase implements AutoCloseable {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Duration POLL_INTERVAL = Duration.ofMillis(20);

  // Kept for a standby that is paused.
  private static final Map<String, String> ASYNCHRONOUS = Map.of("wal_keep_size", "256MB");
  private static final Map<String, String> SYNCHRONOUS =
      Map.of("wal_keep_size", "256MB", "synchronous_standby_names", "standby");
  // Seconds by default, after each connection that failed or was ended.
  private static final Map<String, String> STANDBY = Map.of("wal_retrieve_retry_interval", "100ms");

  // In the file, where ALTER SYSTEM can override it; settings of the command line are final.
  private static final String CONNECTION_TO_PRIMARY =
      """

      primary_conninfo = 'host=127.0.0.1 port=%d user=postgres application_name=standby connect_timeout=2'
      """;

  private static final String STREAMING =
      """
      SELECT count(*) = 1 FROM pg_stat_replication
      WHERE state = 'streaming' AND sync_state = '%s' AND flush_lsn >= pg_current_wal_lsn()
      """;

  private final boolean synchronous;
  private final Path directory;
  private final EmbeddedDatabase primary;
  private final EmbeddedDatabase standby;

  private ReplicatedDatabase(boolean synchronous, Path directory) {
    this.synchronous = synchronous;
    this.directory = directory;
    this.primary =
        new EmbeddedDatabase(
            directory.resolve("primary"), synchronous ? SYNCHRONOUS : ASYNCHRONOUS);
    this.standby = new EmbeddedDatabase(directory.resolve("standby"), STANDBY);
  }

  /**
   * Starts both and waits until the standby streams.
   *
   * @param synchronous whether commits on the primary wait until the standby has them; without the
   *     standby they wait for ever
   */
  static ReplicatedDatabase start(boolean synchronous) throws IOException {
    ReplicatedDatabase started =
        new ReplicatedDatabase(synchronous, Files.createTempDirectory("replicated"));
    try {
      started.cloneForStandby();
      started.primary.start();
      started.standby.start();
      started.awaitStreaming();
      return started;
    } catch (IOException | RuntimeException failure) {
      try (started) {
        throw failure;
      }
    }
  }

  // There is no pg_basebackup among the embedded binaries: both are created, and then the standby
  // gets the data of the primary, which is at rest.
  private void cloneForStandby() throws IOException {
    for (EmbeddedDatabase database : List.of(primary, standby)) {
      database.start();
      database.stop(StopMode.FAST);
    }
    Path data = standby.dataDirectory();
    delete(data);
    for (Path source : all(primary.dataDirectory())) {
      Files.copy(source, data.resolve(primary.dataDirectory().relativize(source).toString()));
    }
    Files.createFile(data.resolve("standby.signal"));
    Files.writeString(
        data.resolve("postgresql.conf"), CONNECTION_TO_PRIMARY.formatted(port(primary)), APPEND);
  }

  /**
   * A DataSource without a pool that knows both servers and looks for the one that is primary now.
   * It gives up soon, and remembers nothing of a server's role from one connection to the next.
   */
  PGSimpleDataSource dataSource() {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setServerNames(new String[] {"127.0.0.1", "127.0.0.1"});
    dataSource.setPortNumbers(new int[] {port(primary), port(standby)});
    dataSource.setUser("postgres");
    dataSource.setDatabaseName("postgres");
    dataSource.setTargetServerType("primary");
    dataSource.setHostRecheckSeconds(0);
    dataSource.setConnectTimeout(2);
    dataSource.setLoginTimeout(4);
    dataSource.setSocketTimeout(5);
    return dataSource;
  }

  /** Waits until the standby has all that was committed, and receives what will be. */
  void awaitStreaming() {
    String sql = STREAMING.formatted(synchronous ? "sync" : "async");
    await().atMost(LIMIT).pollInterval(POLL_INTERVAL).until(() -> isTrue(primary, sql));
  }

  /**
   * Cuts the standby off: what is committed from now on it does not get, and loses if it is
   * promoted; what was committed before it has. With a synchronous standby, commits now wait.
   */
  void pauseStandby() {
    awaitStreaming();
    execute(standby, "ALTER SYSTEM SET primary_conninfo = ''");
    execute(standby, "SELECT pg_reload_conf()");
    await()
        .atMost(LIMIT)
        .pollInterval(POLL_INTERVAL)
        .until(() -> isTrue(primary, "SELECT count(*) = 0 FROM pg_stat_replication"));
  }

  /** Connects the standby again, and waits until it has what it missed. */
  void resumeStandby() {
    execute(standby, "ALTER SYSTEM RESET primary_conninfo");
    execute(standby, "SELECT pg_reload_conf()");
    awaitStreaming();
  }

  /** Ends the primary and all its connections without a word; it does not come back. */
  void crashPrimary() {
    primary.stop(StopMode.IMMEDIATE);
  }

  /** Makes the standby a primary, and waits until it is one. */
  void promote() {
    if (!isTrue(standby, "SELECT pg_promote(true, " + LIMIT.toSeconds() + ")")) {
      throw new IllegalStateException("The standby is not promoted within " + LIMIT);
    }
  }

  private static int port(EmbeddedDatabase database) {
    return URI.create(database.address().url().substring("jdbc:".length())).getPort();
  }

  private static void execute(EmbeddedDatabase database, String sql) {
    try (Connection connection = database.address().dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static boolean isTrue(EmbeddedDatabase database, String sql) {
    try (Connection connection = database.address().dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() && row.getBoolean(1);
    } catch (SQLException failure) {
      throw new IllegalStateException(failure);
    }
  }

  /** Stops what still runs, and deletes all files. Idempotent. */
  @Override
  public void close() throws IOException {
    // In order it would take its time, for data that nobody wants any more.
    standby.stop(StopMode.IMMEDIATE);
    primary.stop(StopMode.IMMEDIATE);
    delete(directory);
  }

  private static void delete(Path directory) throws IOException {
    for (Path path : all(directory).stream().sorted(Comparator.reverseOrder()).toList()) {
      Files.deleteIfExists(path);
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
