package dev.belfry.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.UUID;
import javax.sql.DataSource;

/**
 * Tries whether notifications go all the way from those who publish to the connection that LISTENs.
 * A pooler in transaction mode accepts LISTEN, and nothing ever arrives.
 */
final class ListenerPing {

  private static final int TIMEOUT_SECONDS = 5;

  private final DataSource publishers;
  private final String channel;

  /**
   * @param publishers gives connections as those have who publish
   * @param channel where it is sent
   */
  ListenerPing(DataSource publishers, String channel) {
    this.publishers = publishers;
    this.channel = channel;
  }

  /**
   * What to send next. Each is unique, so that none of before, and none of others, is taken for it:
   * those may have come with the answer to a statement, through whatever pooler.
   */
  static String next() {
    return "{\"ping\":\"%s\"}".formatted(UUID.randomUUID());
  }

  /** Sends one. */
  void send(String ping) throws SQLException {
    try (Connection connection = publishers.getConnection();
        PreparedStatement statement = connection.prepareStatement("SELECT pg_notify(?, ?)")) {
      statement.setQueryTimeout(TIMEOUT_SECONDS);
      statement.setString(1, channel);
      statement.setString(2, ping);
      statement.execute();
    }
  }
}
