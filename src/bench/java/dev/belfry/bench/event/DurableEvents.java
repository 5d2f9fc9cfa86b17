package dev.belfry.bench.event;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.bench.measure.BenchDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;

/**
 * One durable transaction for each event, as an application would write it: a prepared statement
 * that adds a row and notifies.
 */
final class DurableEvents implements Transport {
  private static final String CHANNEL = "durable";
  private static final String TABLE =
      """
      CREATE TABLE IF NOT EXISTS durable_event (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        created_at timestamptz NOT NULL DEFAULT now(),
        payload jsonb NOT NULL)
      """;
  private static final String PUBLISH =
      """
      WITH event AS (INSERT INTO durable_event (payload) VALUES (?::jsonb) RETURNING id)
      SELECT pg_notify('durable', ?) FROM event
      """;

  private final HikariDataSource pool;
  private final ListenerSocket listener;

  private DurableEvents(HikariDataSource pool, ListenerSocket listener) {
    this.pool = pool;
    this.listener = listener;
  }

  static Opener of(BenchDatabase database, HikariDataSource pool) {
    return ear -> {
      database.execute(TABLE);
      return new DurableEvents(
          pool,
          new ListenerSocket(
              database.port(), CHANNEL, payload -> ear.accept(Mark.sentAt(payload))));
    };
  }

  @Override
  public void publish(Mark mark) throws Exception {
    String json = mark.json();
    try (Connection connection = pool.getConnection();
        PreparedStatement statement = connection.prepareStatement(PUBLISH)) {
      statement.setString(1, json);
      statement.setString(2, json);
      statement.executeQuery().close();
    }
  }

  @Override
  public void close() throws Exception {
    listener.close();
  }
}
