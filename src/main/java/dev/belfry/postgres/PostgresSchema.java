package dev.belfry.postgres;

import static java.util.Objects.requireNonNull;

import dev.belfry.config.BelfrySettings.SchemaMode;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/** Sees to it that the tables are there, in the way that the settings say. Thread-safe. */
public final class PostgresSchema {

  private static final Logger LOG = System.getLogger(PostgresSchema.class.getName());

  /** Any number will do, as long as nobody else takes the same: "belfry" in ASCII. */
  private static final long MIGRATION_LOCK = 0x62656c667279L;

  private final DataSource dataSource;
  private final SessionTable table;
  private final EventTables events;
  private final AttributeIndexes attributes;
  private final SchemaMode mode;

  /** Guarded by this. */
  private boolean prepared;

  /**
   * @param dataSource gives connections outside any transaction
   * @param table where the sessions are to be; the tables of the event log are in the same schema
   * @param mode who is responsible
   * @param attributes where in the state sessions can be looked for, as JSON pointers (RFC 6901)
   */
  public PostgresSchema(
      DataSource dataSource, SessionTable table, SchemaMode mode, Set<String> attributes) {
    this.dataSource = requireNonNull(dataSource, "dataSource");
    this.table = requireNonNull(table, "table");
    this.events = new EventTables(table.schema());
    this.mode = requireNonNull(mode, "mode");
    this.attributes = new AttributeIndexes(table, attributes);
  }

  /**
   * Creates, migrates or validates the schema; once that has succeeded, does nothing. Safe when all
   * replicas do it at once. Blocks.
   *
   * @throws SchemaException if the schema is not what Belfry needs and cannot be made so
   * @throws SQLException if the database cannot be reached
   */
  public synchronized void prepare() throws SQLException {
    if (prepared) {
      return;
    }
    try {
      requireAutoCommit();
      switch (mode) {
        case CREATE -> create();
        case VALIDATE -> validate();
        case NONE -> LOG.log(Level.DEBUG, "The schema is not looked at: belfry.schema.mode = none");
      }
    } catch (SQLException | FlywayException failure) {
      if (SqlFailures.isPassing(failure)) {
        throw new SQLException("The schema could not be prepared", failure);
      }
      throw new SchemaException(
          "The schema could not be prepared: %s. Grant the role what is missing, or have the SQL files run by hand and set belfry.schema.mode = validate"
              .formatted(SqlFailures.describe(failure)),
          failure);
    }
    prepared = true;
  }

  private void requireAutoCommit() throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      if (!connection.getAutoCommit()) {
        throw new SchemaException(
            "The DataSource gives connections with autocommit off, so that nothing that Belfry writes would stay. Turn autocommit on, or give Belfry a DataSource of its own with belfry.datasource");
      }
    }
  }

  // In two transactions: the first may have looked for a schema that was not there yet, and would
  // go on believing so.
  private void create() throws SQLException {
    inTurn(this::migrate);
    inTurn(attributes::create);
  }

  /** Replicas take turns: Flyway's own lock does not cover the creation of its history table. */
  private void inTurn(Step step) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      // All of it ends with the transaction: a pooler would leave it to somebody else.
      connection.setAutoCommit(false);
      try {
        // Whatever is the default: what others have done before is to be seen.
        statement.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
        // Bounded, so that the listening loop, which waits here, shows that it is alive.
        statement.execute("SET LOCAL lock_timeout = '60s'");
        statement.execute("SET LOCAL idle_in_transaction_session_timeout = 0");
        statement.execute("SELECT pg_advisory_xact_lock(" + MIGRATION_LOCK + ")");
        step.on(connection);
        connection.commit();
      } finally {
        connection.rollback();
        connection.setAutoCommit(true);
      }
    }
  }

  /** What is done in turn. */
  @FunctionalInterface
  private interface Step {
    void on(Connection connection) throws SQLException;
  }

  private void migrate(Connection connection) throws SQLException {
    SessionTableInspection before = SessionTableInspection.of(connection, table);
    if (before.exists()) {
      before.requireOriginalColumns();
    }
    flyway(baseline(connection, before)).migrate();
    SessionTableInspection.of(connection, table)
        .indexThatPreventsHotUpdates()
        .ifPresent(PostgresSchema::adviseToDrop);
  }

  /**
   * Where somebody ran files by hand, history begins after the last of those that were run without
   * leaving any out. The files after the first do no harm when they are run again.
   */
  private String baseline(Connection connection, SessionTableInspection sessions)
      throws SQLException {
    if (!sessions.hasFirstMigration()) {
      return "0";
    }
    if (!EventTablesInspection.differences(connection, events).isEmpty()) {
      return "1";
    }
    if (!sessions.hasThirdMigration()) {
      return "2";
    }
    return sessions.differences().isEmpty() ? "4" : "3";
  }

  private void validate() throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      List<String> differences =
          new ArrayList<>(SessionTableInspection.of(connection, table).differences());
      differences.addAll(EventTablesInspection.differences(connection, events));
      differences.addAll(attributes.differences(connection));
      if (!differences.isEmpty()) {
        throw new SchemaException(
            """
            The schema is not what this version of Belfry needs, and belfry.schema.mode = validate forbids \
            to change it: %s. Run the SQL files in dev/belfry/postgres/migration of Belfry's JAR"""
                .formatted(String.join("; ", differences)));
      }
    }
  }

  private Flyway flyway(String baseline) {
    FluentConfiguration configuration =
        Flyway.configure(new BelfryClassLoader())
            .dataSource(dataSource)
            .locations("classpath:dev/belfry/postgres/migration")
            .failOnMissingLocations(true)
            .table("belfry_history_" + table.table())
            // The application's own tables may be there already: begin beside them.
            .baselineOnMigrate(true)
            .baselineVersion(baseline)
            // The syntax of psql's quoted variables, so that the files can be run by hand as they
            // are.
            .placeholderPrefix(":\"")
            .placeholderSuffix("\"")
            .placeholders(Map.of("sessions", table.sqlName()));
    if (!table.schema().isEmpty()) {
      configuration.schemas(table.schema()).createSchemas(true);
    }
    return configuration.load();
  }

  /**
   * Flyway treats Open Liberty's class loaders, which it knows by their name, as WebSphere's, and
   * finds no files in them. It does not know this one.
   */
  private static final class BelfryClassLoader extends ClassLoader {
    BelfryClassLoader() {
      super(PostgresSchema.class.getClassLoader());
    }
  }

  private static void adviseToDrop(String index) {
    LOG.log(
        Level.INFO,
        "Index {0} on expires_at is not used by Belfry, and makes every touch of a session several times as expensive (no HOT updates). When nothing else needs it: DROP INDEX {0}",
        index);
  }
}
