package dev.belfry.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

/** An SQL file as it is delivered, run as {@code psql -1} runs it. */
record SqlFile(String name) {

  static final SqlFile SESSIONS = new SqlFile("migration/V1__sessions.sql");
  static final SqlFile EVENTS = new SqlFile("migration/V2__events.sql");
  static final SqlFile LIFETIMES = new SqlFile("migration/V3__session_lifetimes.sql");
  static final SqlFile NEGOTIATED = new SqlFile("migration/V4__session_negotiated.sql");
  static final SqlFile PARTITION = new SqlFile("optional/partition_sessions.sql");

  /**
   * Runs it in one transaction.
   *
   * @param schema the first on the search path
   * @param variables as psql's {@code -v}
   */
  void run(String schema, Map<String, String> variables) throws SQLException {
    String sql = text();
    for (Map.Entry<String, String> variable : variables.entrySet()) {
      sql =
          sql.replace(":\"" + variable.getKey() + "\"", SessionTable.quote(variable.getValue()))
              .replace("(:" + variable.getKey() + ")", "(" + variable.getValue() + ")");
    }
    try (Connection connection = TestDatabase.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      connection.setSchema(schema);
      statement.execute(sql);
      connection.commit();
    }
  }

  /** Runs it on the table {@code sessions}. */
  void run() throws SQLException {
    run("public", Map.of("sessions", "sessions", "partitions", "4"));
  }

  String text() {
    try (InputStream file = PostgresSchema.class.getResourceAsStream(name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
