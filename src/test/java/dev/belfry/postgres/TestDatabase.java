package dev.belfry.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.config.BelfrySettings.SchemaMode;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The one real PostgreSQL of this JVM's tests; JVM and database are in time zones that are not UTC.
 * It stops with the JVM.
 */
final class TestDatabase {

  private static final EmbeddedPostgres POSTGRES = start();

  private TestDatabase() {}

  private static EmbeddedPostgres start() {
    try {
      return EmbeddedPostgres.builder()
          .setServerConfig("timezone", "America/St_Johns")
          // As applications have it; the library turns it off.
          .setServerConfig("synchronous_commit", "on")
          .setServerConfig("max_connections", "200")
          .setServerConfig("max_prepared_transactions", "10")
          .start();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  static int port() {
    return POSTGRES.getPort();
  }

  /** A DataSource without a pool, connected under an application name of its own. */
  static PGSimpleDataSource dataSource() {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setServerNames(new String[] {"127.0.0.1"});
    dataSource.setPortNumbers(new int[] {port()});
    dataSource.setUser("postgres");
    dataSource.setDatabaseName("postgres");
    return dataSource;
  }

  /** A pool, as applications have one. To be closed. */
  static HikariDataSource pool() {
    HikariConfig config = new HikariConfig();
    config.setDataSource(dataSource());
    config.setMaximumPoolSize(20);
    config.setConnectionTimeout(5_000);
    return new HikariDataSource(config);
  }

  /** Drops all that tests have made. */
  static void clean() {
    execute("DROP SCHEMA public CASCADE", "CREATE SCHEMA public");
  }

  /** Removes all events, as if there had never been any. */
  static void emptyLog() {
    execute(
        "TRUNCATE belfry_log, belfry_epoch, belfry_event, belfry_outbox, belfry_idempotency, belfry_replica");
  }

  static void execute(String... statements) {
    try (Connection connection = dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException failure) {
      throw new IllegalStateException(failure);
    }
  }

  /** The first column of all rows, as text. */
  static List<String> query(String sql) {
    try (Connection connection = dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> values = new ArrayList<>();
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    } catch (SQLException failure) {
      throw new IllegalStateException(failure);
    }
  }

  /** Creates the schema as an application would at its start. */
  static SessionTable prepare(DataSource dataSource) {
    SessionTable table = new SessionTable("", "sessions");
    prepare(dataSource, table);
    return table;
  }

  /**
   * Creates the schema as an application would at its start.
   *
   * @param attributes that sessions can be looked for by
   */
  static void prepare(DataSource dataSource, SessionTable table, String... attributes) {
    try {
      new PostgresSchema(dataSource, table, SchemaMode.CREATE, Set.of(attributes)).prepare();
    } catch (SQLException failure) {
      throw new IllegalStateException(failure);
    }
  }
}
