package dev.belfry.postgres;

import dev.belfry.event.SettableTransaction;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/** Gives, within a transaction, the transaction's own connection, as a container does. */
final class TransactionalDataSource implements UnpooledDataSource {

  private final DataSource pool;
  private final SettableTransaction transaction;
  private Connection enlisted;

  TransactionalDataSource(DataSource pool, SettableTransaction transaction) {
    this.pool = pool;
    this.transaction = transaction;
    transaction.include(() -> end(true), () -> end(false));
  }

  @Override
  public Connection getConnection() throws SQLException {
    if (!transaction.isActive()) {
      return pool.getConnection();
    }
    if (enlisted == null) {
      enlisted = pool.getConnection();
      enlisted.setAutoCommit(false);
    }
    return UnpooledDataSource.withoutClose(enlisted);
  }

  /** The first phase of a two-phase commit; somebody else commits it. */
  void prepare(String name) throws SQLException {
    try (Connection connection = enlisted;
        Statement statement = connection.createStatement()) {
      statement.execute("PREPARE TRANSACTION '" + name + "'");
      connection.setAutoCommit(true);
    } finally {
      enlisted = null;
    }
  }

  private void end(boolean commit) {
    if (enlisted == null) {
      return;
    }
    try (Connection connection = enlisted) {
      if (commit) {
        connection.commit();
      } else {
        connection.rollback();
      }
      connection.setAutoCommit(true);
    } catch (SQLException failure) {
      throw new IllegalStateException(failure);
    } finally {
      enlisted = null;
    }
  }
}
