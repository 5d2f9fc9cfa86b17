package dev.belfry.bench.measure;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.postgresql.PGStatement;

/**
 * The original's way to run a statement, in Java. Its driver, lib/pq below Go's database/sql, asks
 * the server to parse and describe each statement that has parameters, then to run it: two round
 * trips, and nothing is kept for the next time. pgjdbc does the same if it is asked for the
 * description first and told to prepare nothing; but it has the server parse once more.
 */
public final class UnpreparedStatement {

  private UnpreparedStatement() {}

  /** Runs it with parameters, in a transaction of its own. */
  public static void execute(DataSource dataSource, String sql, Object... parameters)
      throws SQLException {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      describe(statement);
      for (int parameter = 0; parameter < parameters.length; parameter++) {
        statement.setObject(parameter + 1, parameters[parameter]);
      }
      statement.execute();
    }
  }

  /** The first round trip; the statement is then to be run, once. */
  public static void describe(PreparedStatement statement) throws SQLException {
    statement.unwrap(PGStatement.class).setPrepareThreshold(0);
    statement.getParameterMetaData();
  }
}
