package dev.belfry.postgres;

import dev.belfry.event.BroadcasterException;
import dev.belfry.event.BroadcasterUnavailableException;
import java.sql.SQLException;

/** What a failure of the database is to those who publish and receive. */
final class BroadcasterFailures {

  private BroadcasterFailures() {}

  /**
   * @param what failed, to begin the message with
   */
  static BroadcasterException of(String what, SQLException failure) {
    String outcome =
        SqlFailures.isConnectionLost(failure)
            ? "; if it happened in the middle of a commit, the outcome is unknown"
            : "";
    String message = "%s failed: %s%s".formatted(what, SqlFailures.describe(failure), outcome);
    return SqlFailures.isPassing(failure)
        ? new BroadcasterUnavailableException(message, failure)
        : new BroadcasterException(message, failure);
  }
}
