package dev.belfry.postgres;

import static java.util.Objects.requireNonNull;

import dev.belfry.event.Presence;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import javax.sql.DataSource;

/** Counts the replicas of one channel by what they write into a table. */
public final class PostgresPresence implements Presence {

  private static final Logger LOG = System.getLogger(PostgresPresence.class.getName());

  /** After so many reports that did not come a replica is taken for gone. */
  private static final int MISSED_REPORTS = 3;

  private static final String COUNT =
      """
      SELECT count(*), coalesce(sum(streams), 0) FROM {replica}
      WHERE channel = ? AND reported_at > now() - ? * interval '1 millisecond'
      """;

  /** Who crashed is removed by those who go on. */
  private static final String REPORT =
      """
      WITH gone AS (
        DELETE FROM {replica}
        WHERE channel = ? AND reported_at < now() - 10 * ? * interval '1 millisecond')
      INSERT INTO {replica} (channel, replica, streams) VALUES (?, ?, ?)
      ON CONFLICT (channel, replica) DO UPDATE
      SET streams = excluded.streams, reported_at = now()
      """;

  private static final String LEAVE =
      """
      DELETE FROM {replica} WHERE channel = ? AND replica = ?
      """;

  private final DataSource dataSource;
  private final String channel;
  private final long timeoutMillis;
  private final String count;
  private final String report;
  private final String leave;
  private final String replica = UUID.randomUUID().toString();

  private volatile boolean closed;

  /**
   * @param dataSource gives connections
   * @param schema where the tables are; empty for the connection's own
   * @param channel whose replicas are counted
   * @param interval how often each reports
   */
  public PostgresPresence(DataSource dataSource, String schema, String channel, Duration interval) {
    this.dataSource = requireNonNull(dataSource, "dataSource");
    this.channel = requireNonNull(channel, "channel");
    this.timeoutMillis = interval.multipliedBy(MISSED_REPORTS).toMillis();
    EventTables tables = new EventTables(schema);
    this.count = tables.complete(COUNT);
    this.report = tables.complete(REPORT);
    this.leave = tables.complete(LEAVE);
  }

  @Override
  public Count count() {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement = connection.prepareStatement(count)) {
      statement.setString(1, channel);
      statement.setLong(2, timeoutMillis);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return new Count(row.getInt(1), row.getInt(2));
      }
    } catch (SQLException failure) {
      throw BroadcasterFailures.of("Counting the replicas", failure);
    }
  }

  @Override
  public void report(int streams) {
    if (closed) {
      return;
    }
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement = connection.prepareStatement(report)) {
      statement.setString(1, channel);
      statement.setLong(2, timeoutMillis);
      statement.setString(3, channel);
      statement.setString(4, replica);
      statement.setInt(5, streams);
      statement.executeUpdate();
    } catch (SQLException failure) {
      throw BroadcasterFailures.of("Reporting this replica", failure);
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement = connection.prepareStatement(leave)) {
      statement.setString(1, channel);
      statement.setString(2, replica);
      statement.executeUpdate();
    } catch (SQLException failure) {
      LOG.log(Level.DEBUG, "This replica is counted until its time is over", failure);
    }
  }
}
