package dev.belfry.container;

import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A lock that a test holds to stop others at a certain point, until it is closed. */
final class DatabaseObstacle implements AutoCloseable {

  private static final Duration LONG = Duration.ofSeconds(20);

  private static final String WAITING =
      """
      SELECT pid, query FROM pg_stat_activity WHERE %d = ANY (pg_blocking_pids(pid)) ORDER BY pid
      """;

  private final Connection connection;
  private final long pid;

  /**
   * Takes the lock, and waits for it if need be.
   *
   * @param connection closed with the obstacle
   * @param sql takes it, in a transaction
   */
  DatabaseObstacle(Connection connection, String sql) throws SQLException {
    this.connection = connection;
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
      row.next();
      pid = row.getLong(1);
      statement.execute(sql);
    }
  }

  /** An advisory lock, which others take only to wait for it. */
  static DatabaseObstacle gate(Connection connection, long number) throws SQLException {
    return new DatabaseObstacle(connection, "SELECT pg_advisory_xact_lock(" + number + ")");
  }

  /**
   * Waits until somebody waits for this lock, with a statement that contains a text.
   *
   * @return his backend's process id
   */
  long awaitWaiting(String text) {
    return await().atMost(LONG).until(() -> waiting(text), found -> !found.isEmpty()).get(0);
  }

  private List<Long> waiting(String text) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(WAITING.formatted(pid))) {
      List<Long> found = new ArrayList<>();
      while (rows.next()) {
        if (rows.getString(2).contains(text)) {
          found.add(rows.getLong(1));
        }
      }
      return found;
    } finally {
      // pg_stat_activity is looked at once per transaction, but a commit would give up the lock.
      try (Statement statement = connection.createStatement()) {
        statement.execute("SELECT pg_stat_clear_snapshot()");
      }
    }
  }

  /** Lets those who wait go on. */
  @Override
  public void close() throws SQLException {
    try (connection) {
      connection.rollback();
    }
  }
}
