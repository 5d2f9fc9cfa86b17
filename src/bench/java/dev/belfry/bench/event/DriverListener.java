package dev.belfry.bench.event;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.LongConsumer;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** The usual loop: {@code getNotifications} with a time limit. */
final class DriverListener implements AutoCloseable {
  private static final int WAIT_MILLIS = 10_000;

  private final Connection connection;

  /** Returns when it listens. */
  DriverListener(DataSource dataSource, String channel, LongConsumer ear) throws SQLException {
    connection = dataSource.getConnection();
    try (Statement statement = connection.createStatement()) {
      statement.execute("LISTEN " + channel);
    }
    PGConnection notifications = connection.unwrap(PGConnection.class);
    Thread thread = new Thread(() -> hear(notifications, ear), "driver-listener");
    thread.setDaemon(true);
    thread.start();
  }

  private static void hear(PGConnection connection, LongConsumer ear) {
    try {
      while (true) {
        for (PGNotification notification : connection.getNotifications(WAIT_MILLIS)) {
          ear.accept(Mark.sentAt(notification.getParameter()));
        }
      }
    } catch (SQLException ignored) {
      // It was closed. If not, events are missing, and that is noticed.
    }
  }

  @Override
  public void close() throws SQLException {
    connection.abort(Runnable::run);
  }
}
