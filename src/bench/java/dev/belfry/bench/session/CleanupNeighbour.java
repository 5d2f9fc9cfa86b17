package dev.belfry.bench.session;

import dev.belfry.bench.measure.BenchException;
import dev.belfry.bench.measure.Latencies;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import javax.sql.DataSource;

/** Somebody who uses the table meanwhile: writes sessions at random, live ones and expired ones. */
final class CleanupNeighbour implements AutoCloseable {

  /** For how long one may have to wait for a lock. */
  static final int LONGEST_WAIT_MILLIS = 25;

  private static final String LOCK_NOT_AVAILABLE = "55P03";

  private static final String WRITE =
      """
      INSERT INTO %s (id, expires_at) VALUES (?, now() + interval '1 day')
      ON CONFLICT (id) DO UPDATE
      SET last_active_at = now(), expires_at = excluded.expires_at
      """
          .formatted(SessionData.BELFRY_TABLE);

  private final ExecutorService executor = Executors.newSingleThreadExecutor();
  private final Latencies latencies = new Latencies();
  private final Future<?> writing;
  private volatile boolean ended;
  private volatile int blocked;

  CleanupNeighbour(DataSource dataSource, Supplier<String> ids) {
    writing =
        executor.submit(
            () -> {
              write(dataSource, ids);
              return null;
            });
  }

  private void write(DataSource dataSource, Supplier<String> ids) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement setting = connection.createStatement();
        PreparedStatement statement = connection.prepareStatement(WRITE)) {
      setting.execute("SET lock_timeout = " + LONGEST_WAIT_MILLIS);
      int waits = 0;
      while (!ended) {
        statement.setString(1, ids.get());
        long start = System.nanoTime();
        try {
          statement.executeUpdate();
        } catch (SQLException failure) {
          if (!LOCK_NOT_AVAILABLE.equals(failure.getSQLState())) {
            throw failure;
          }
          waits++;
          blocked = waits;
        }
        latencies.add(System.nanoTime() - start);
      }
    }
  }

  /** Ends it, and tells how long its writes took. */
  Latencies end() throws InterruptedException {
    ended = true;
    try {
      writing.get();
      return latencies;
    } catch (ExecutionException failure) {
      throw new BenchException(
          "Sessions cannot be written meanwhile: " + failure.getCause(), failure.getCause());
    }
  }

  /** How many of its writes had to wait too long for a lock, and were given up. */
  int blocked() {
    return blocked;
  }

  @Override
  public void close() {
    ended = true;
    executor.shutdown();
  }
}
