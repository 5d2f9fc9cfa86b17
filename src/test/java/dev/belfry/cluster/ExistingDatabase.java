package dev.belfry.cluster;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/** A database that somebody else runs: looked at, never started or stopped. Thread-safe. */
final class ExistingDatabase implements Database {
  private static final int ANSWER_LIMIT_SECONDS = 5;

  private final DatabaseAddress address;

  ExistingDatabase(DatabaseAddress address) {
    this.address = address;
  }

  @Override
  public void start() {
    try (Connection connection = address.dataSource().getConnection()) {
      if (!connection.isValid(ANSWER_LIMIT_SECONDS)) {
        throw new ClusterException("The database " + address + " accepts connections but no SQL.");
      }
    } catch (SQLException e) {
      throw new ClusterException(
          "The database %s does not answer: %s".formatted(address, reason(e)), e);
    }
  }

  // pgjdbc leaves an unknown host or a timeout to the cause.
  private static String reason(SQLException e) {
    return Optional.ofNullable(e.getCause())
        .map(cause -> e.getMessage() + " (" + cause + ")")
        .orElse(e.getMessage());
  }

  @Override
  public DatabaseAddress address() {
    return address;
  }

  @Override
  public void close() {
    // It was running before, and goes on.
  }
}
