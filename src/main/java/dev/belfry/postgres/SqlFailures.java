package dev.belfry.postgres;

import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.util.Objects;
import java.util.Set;

/**
 * What a failure of the database means, told by its SQLState: messages are translated, states are
 * not.
 */
final class SqlFailures {

  /**
   * PostgreSQL's error codes (appendix A) after which the same request may well succeed: the
   * connection was lost or refused (08), resources ran out (53), a lock was not to be had (55P03),
   * a session that idled in a transaction (25P03), serialization and deadlock (40), a cancelled
   * query (57014), a server that stops, starts (57P0x) or is a standby (25006).
   */
  private static final Set<String> PASSING_CLASSES = Set.of("08", "40", "53");

  private static final Set<String> PASSING_STATES =
      Set.of("25P03", "55P03", "57014", "57P01", "57P02", "57P03", "57P05", "25006");

  private static final int SQLSTATE_LENGTH = 5;

  private SqlFailures() {}

  /** Whether it is worth trying again. */
  static boolean isPassing(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      // Pools report that no connection was free, or that the server is away, by type.
      if (cause instanceof SQLTransientException
          || cause instanceof SQLRecoverableException
          || (cause instanceof SQLException exception && isPassingState(exception.getSQLState()))) {
        return true;
      }
    }
    return false;
  }

  /** Whether the connection was lost, so that nobody knows whether the last statement counted. */
  static boolean isConnectionLost(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException exception
          && exception.getSQLState() != null
          && (exception.getSQLState().startsWith("08")
              || exception.getSQLState().startsWith("57P"))) {
        return true;
      }
    }
    return false;
  }

  /** Whether a lock was not to be had in time. */
  static boolean isLockTimeout(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException exception && "55P03".equals(exception.getSQLState())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isPassingState(String state) {
    return state != null
        && state.length() == SQLSTATE_LENGTH
        && (PASSING_STATES.contains(state) || PASSING_CLASSES.contains(state.substring(0, 2)));
  }

  /** What went wrong, in one line: the innermost words, which are the driver's or the server's. */
  static String describe(Throwable failure) {
    Throwable worded = failure;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause.getMessage() != null) {
        worded = cause;
      }
    }
    String state =
        worded instanceof SQLException exception && exception.getSQLState() != null
            ? " (SQLState " + exception.getSQLState() + ")"
            : "";
    String message = Objects.requireNonNullElse(worded.getMessage(), worded.getClass().getName());
    return message.lines().findFirst().orElse("").strip() + state;
  }
}
