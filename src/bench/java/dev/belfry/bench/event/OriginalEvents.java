package dev.belfry.bench.event;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.bench.measure.BenchDatabase;
import dev.belfry.bench.measure.UnpreparedStatement;
import java.io.IOException;
import java.util.function.LongConsumer;

/**
 * The original's way, in Java: one NOTIFY, one transaction, two round trips for each event. It is
 * in no log: it is gone for whoever does not listen, and PostgreSQL does not wait for its disk.
 */
final class OriginalEvents implements Transport {
  static final String CHANNEL = "original";

  private static final String NOTIFY = "SELECT pg_notify(?, ?)";

  private final HikariDataSource pool;
  private final AutoCloseable listener;

  private OriginalEvents(HikariDataSource pool, AutoCloseable listener) {
    this.pool = pool;
    this.listener = listener;
  }

  /** Hears at once, as the original does. */
  static Opener prompt(BenchDatabase database, HikariDataSource pool) {
    return ear -> new OriginalEvents(pool, socket(database, ear));
  }

  private static ListenerSocket socket(BenchDatabase database, LongConsumer ear)
      throws IOException {
    return new ListenerSocket(
        database.port(), CHANNEL, payload -> ear.accept(Mark.sentAt(payload)));
  }

  /** Hears as pgjdbc does. */
  static Opener plainLoop(BenchDatabase database, HikariDataSource pool) {
    return ear -> new OriginalEvents(pool, new DriverListener(database.direct(), CHANNEL, ear));
  }

  @Override
  public void publish(Mark mark) throws Exception {
    UnpreparedStatement.execute(pool, NOTIFY, CHANNEL, mark.json());
  }

  @Override
  public void close() throws Exception {
    listener.close();
  }
}
