package dev.belfry.bench.measure;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.cluster.EmbeddedDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.postgresql.ds.PGSimpleDataSource;

/** One PostgreSQL, durable and with a bit more memory than by default, for all contestants. */
public final class BenchDatabase implements AutoCloseable {
  private static final int CONNECT_MILLIS = 30_000;

  private final EmbeddedDatabase database;
  private final PGSimpleDataSource direct = new PGSimpleDataSource();

  /**
   * Starts it, empty.
   *
   * @param directory for its data
   */
  public BenchDatabase(Path directory) {
    database =
        new EmbeddedDatabase(
            directory,
            Map.of(
                // The library turns it off, for tests that need not survive a power cut.
                "fsync", "on",
                "shared_buffers", "512MB",
                "max_wal_size", "4GB",
                // Its files are kept: to make one meanwhile holds up who commits.
                "min_wal_size", "4GB",
                "track_io_timing", "off"));
    database.start();
    direct.setUrl(database.address().url());
    direct.setUser(database.address().user());
    requireDurable();
  }

  private void requireDurable() {
    if (number(
            """
            SELECT count(*) FROM pg_settings
            WHERE name IN ('fsync', 'synchronous_commit') AND setting = 'on'
            """)
        != 2) {
      throw new BenchException("PostgreSQL does not wait for its disk: it is not durable");
    }
  }

  /** A pool of connections, as applications have one. To be closed. */
  public HikariDataSource pool(int size) {
    HikariConfig config = new HikariConfig();
    config.setDataSource(direct);
    config.setMaximumPoolSize(size);
    config.setConnectionTimeout(CONNECT_MILLIS);
    return new HikariDataSource(config);
  }

  /** Without a pool. */
  public PGSimpleDataSource direct() {
    return direct;
  }

  public int port() {
    return direct.getPortNumbers()[0];
  }

  /** Runs statements, each in a transaction of its own. */
  public void execute(String... statements) {
    try (Connection connection = direct.getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException failure) {
      throw new BenchException("The data cannot be made: " + failure, failure);
    }
  }

  /** The number that a query gives. */
  public long number(String sql) {
    try (Connection connection = direct.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    } catch (SQLException failure) {
      throw new BenchException("The database cannot be asked: " + failure, failure);
    }
  }

  /** What PostgreSQL's processes have used of the processors since its start, ended ones too. */
  public Duration processorTime() {
    return ProcessorTime.ofFamily(postmaster());
  }

  // The first line of the file that every PostgreSQL has while it runs.
  private long postmaster() {
    Path file = database.dataDirectory().resolve("postmaster.pid");
    try (Stream<String> lines = Files.lines(file)) {
      return Long.parseLong(lines.findFirst().orElseThrow().strip());
    } catch (IOException failure) {
      throw new BenchException("PostgreSQL's process is not known: " + failure, failure);
    }
  }

  @Override
  public void close() {
    database.close();
  }
}
