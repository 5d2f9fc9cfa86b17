package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PgBouncerTest {

  @BeforeEach
  void isThere() {
    PgBouncer.assumeInstalled();
  }

  @Test
  void transactionsOfOneConnectionRunOnSeveralOfTheServer() throws IOException, SQLException {
    try (PgBouncer bouncer = PgBouncer.start(TestDatabase.port());
        Connection connection = bouncer.dataSource().getConnection()) {
      assertThat(backends(connection)).hasSizeGreaterThan(1);

      connection.setAutoCommit(false);

      assertThat(backends(connection)).hasSize(1);
      connection.rollback();
    }
  }

  private static Set<Integer> backends(Connection connection) throws SQLException {
    Set<Integer> backends = new HashSet<>();
    try (Statement statement = connection.createStatement()) {
      for (int execution = 0; execution < 10; execution++) {
        try (ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
          row.next();
          backends.add(row.getInt(1));
        }
      }
    }
    return backends;
  }
}
