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

    /** Works with a connection as it comes: in the caller's transaction, if there is one. */
    default T withConnectionOf(DataSource dataSource) throws SQLException {
      try (Connection connection = dataSource.getConnection()) {
        return on(connection);
      }
    }
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
        connection.setAutoCommit(true);
        return result;
      } catch (Throwable failure) {
        // An Error too: to turn autocommit on again would commit the half that was done.
        giveUp(connection, failure);
        throw failure;
      }
    }
  }

  private static void giveUp(Connection connection, Throwable reason) {
    try {
      connection.rollback();
      connection.setAutoCommit(true);
    } catch (SQLException alsoFailed) {
      reason.addSuppressed(alsoFailed);
      abort(connection, reason);
    }
  }

  private static void abort(Connection connection, Throwable reason) {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException alsoFailed) {
      reason.addSuppressed(alsoFailed);
    }
  }
}
