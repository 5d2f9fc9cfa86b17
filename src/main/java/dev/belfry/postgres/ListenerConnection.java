package dev.belfry.postgres;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.reflect.Field;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.PGStream;
import org.postgresql.core.QueryExecutorBase;

/**
 * The one connection that LISTENs. Used by the loop's thread; {@link #abort} by any.
 *
 * <p>It never goes back to the pool, because LISTEN would stay with it: it ends by {@link #abort}.
 */
final class ListenerConnection implements AutoCloseable {

  private static final Logger LOG = System.getLogger(ListenerConnection.class.getName());

  private static final int PROBE_TIMEOUT_SECONDS = 5;

  private final Connection connection;
  private final PGConnection notifications;

  /** Guarded by this. */
  private boolean released;

  private ListenerConnection(Connection connection) throws SQLException {
    this.connection = connection;
    this.notifications = connection.unwrap(PGConnection.class);
  }

  /** Takes a connection for good. Blocks as long as the DataSource does. */
  static ListenerConnection open(DataSource dataSource) throws SQLException {
    Connection connection = dataSource.getConnection();
    try {
      receivePromptly(connection);
      return new ListenerConnection(connection);
    } catch (SQLException | RuntimeException failure) {
      try {
        connection.abort(Runnable::run);
      } finally {
        release(connection);
      }
      throw failure;
    }
  }

  /** Receives what is sent to these channels from now on. */
  void listen(List<String> channels) throws SQLException {
    StringBuilder listen = new StringBuilder();
    for (String channel : channels) {
      listen.append("LISTEN ").append(SessionTable.quote(channel)).append("; ");
    }
    try (Statement statement = connection.createStatement()) {
      // Operators find the connection by this name in pg_stat_activity.
      statement.execute("SET application_name = 'belfry listener'");
      statement.execute(listen.toString());
    }
  }

  /**
   * Takes {@link #listen} back, on all servers that a pooler in between may have put behind this
   * connection: what they hear would otherwise come, with answers, to connections that nobody asks
   * for notifications, and stay in their memory.
   */
  void unlisten() throws SQLException {
    Set<Integer> visited = new HashSet<>();
    try (Statement statement = connection.createStatement()) {
      boolean another = true;
      while (another) {
        // One transaction, so that it is one server that forgets and tells who it is.
        statement.execute("UNLISTEN *; SELECT pg_backend_pid()");
        statement.getMoreResults();
        try (ResultSet server = statement.getResultSet()) {
          another = server.next() && visited.add(server.getInt(1));
        }
      }
    }
  }

  /** For statements between two waits, by the thread that waits. */
  Connection jdbc() {
    return connection;
  }

  /**
   * Waits for payloads.
   *
   * @param wait how long at most; at least 2 ms
   * @return what has arrived, in order; empty if nothing came in time
   */
  List<String> await(Duration wait) throws SQLException {
    PGNotification[] arrived =
        notifications.getNotifications(Math.toIntExact(Math.max(2, wait.toMillis())));
    return arrived == null
        ? List.of()
        : Arrays.stream(arrived).map(PGNotification::getParameter).toList();
  }

  /** Fails if the other end is gone: a half-open connection shows only when something is sent. */
  void probe() throws SQLException {
    if (!connection.isValid(PROBE_TIMEOUT_SECONDS)) {
      throw new SQLException(
          "The listening connection did not answer within %d s".formatted(PROBE_TIMEOUT_SECONDS),
          "08006");
    }
  }

  /** Ends the connection at once, also while another thread waits on it. Idempotent. */
  synchronized void abort() {
    // Once it was given back it is the pool's, which may have lent the handle to somebody else.
    if (released) {
      return;
    }
    try {
      connection.abort(Runnable::run);
    } catch (SQLException failure) {
      LOG.log(Level.DEBUG, "The listening connection was broken before it was ended", failure);
    }
  }

  /** Ends the connection, and tells the pool. */
  @Override
  public synchronized void close() {
    abort();
    release(connection);
    released = true;
  }

  private static void release(Connection aborted) {
    try (aborted) {
      // From a failure on its own handle the pool learns that it must not lend this connection
      // again.
      boolean alive = aborted.getAutoCommit();
      LOG.log(Level.DEBUG, "The pool keeps the listening connection, autocommit {0}", alive);
    } catch (SQLException expected) {
      LOG.log(Level.TRACE, "The listening connection is gone, as it should be", expected);
    }
  }

  /**
   * Puts a {@link PromptSocket} under the driver. The driver has an open door for that, {@code
   * PGStream.changeSocket}, but hands the stream out to its own classes only; a {@code
   * socketFactory} would need every user to change the DataSource. Without it events still arrive,
   * but late at high rates.
   */
  private static void receivePromptly(Connection connection) {
    try {
      Field field = QueryExecutorBase.class.getDeclaredField("pgStream");
      field.setAccessible(true);
      PGStream stream =
          (PGStream) field.get(connection.unwrap(BaseConnection.class).getQueryExecutor());
      if (!(stream.getSocket() instanceof PromptSocket)) {
        stream.changeSocket(new PromptSocket(stream.getSocket()));
      }
    } catch (ReflectiveOperationException
        | SQLException
        | IOException
        | RuntimeException
        | LinkageError failure) {
      LOG.log(
          Level.WARNING,
          "This PostgreSQL driver is not the one that Belfry knows; events will be late at more than some hundred a second",
          failure);
    }
  }
}
