package dev.belfry.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/** Transactions of Belfry's own, of several statements. */
final class Transactions {

  private Transactions() {}

  /** What is done within one. */
  @FunctionalInterface
  interface Work<T> {
    T on(Connection connection) throws SQLException;
  }

  /**
   * Works in a transaction that is over when this returns. Not within a transaction of the
   * caller's.
   *
   * <p>A process that stops in the middle (it was frozen, its host is gone) loses its locks after
   * two seconds.
   */
  static <T> T run(DataSource dataSource, Work<T> work) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.execute(
            "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;"
                + " SET LOCAL idle_in_transaction_session_timeout = '2s'");
        T result = work.on(connection);
        connection.commit();
        return result;
      } catch (SQLException | RuntimeException failure) {
        rollBack(connection, failure);
        throw failure;
      } finally {
        if (!connection.isClosed()) {
          connection.setAutoCommit(true);
        }
      }
    }
  }

  private static void rollBack(Connection connection, Exception reason) {
    try {
      connection.rollback();
    } catch (SQLException alsoFailed) {
      reason.addSuppressed(alsoFailed);
    }
  }
}
