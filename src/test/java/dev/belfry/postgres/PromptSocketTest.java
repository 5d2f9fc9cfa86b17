package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Notifications that keep coming. The driver alone collects them for as long as they do, here for
 * ever; that a batch returns at all while they do is what this tests.
 */
@Timeout(60)
class PromptSocketTest {

  private static final Duration WAIT = Duration.ofSeconds(10);

  @Test
  void batchesReturnWhileEventsKeepComing() throws Exception {
    assertBatchesReturn(TestDatabase.dataSource());
  }

  @Test
  void batchesReturnWhileEventsKeepComingOverTls(@TempDir Path directory) throws Exception {
    try (TlsDatabase database = new TlsDatabase(directory)) {
      PGSimpleDataSource encrypted = database.dataSource();
      try (Connection connection = encrypted.getConnection();
          Statement statement = connection.createStatement();
          var result =
              statement.executeQuery("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")) {
        assertThat(result.next() && result.getBoolean(1)).as("connection is encrypted").isTrue();
      }

      assertBatchesReturn(encrypted);
    }
  }

  private static void assertBatchesReturn(PGSimpleDataSource dataSource) throws Exception {
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (ListenerConnection listener = ListenerConnection.open(dataSource);
        Endless publisher = new Endless(dataSource)) {
      listener.listen(List.of("busy"));
      Future<?> publishing = thread.submit(publisher);

      int size = 0;
      for (int batch = 0; batch < 20; batch++) {
        List<String> payloads = listener.await(WAIT);
        assertThat(payloads).isNotEmpty();
        // 64 KiB, the driver's buffer and a TLS record, at 122 bytes of protocol and payload for
        // each.
        assertThat(payloads).hasSizeLessThan(1_200);
        size += payloads.size();
      }
      assertThat(size).isGreaterThanOrEqualTo(20);
      assertThat(publishing).as("still publishing").isNotDone();
    } finally {
      thread.shutdownNow();
      assertThat(thread.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void nothingIsLostOrReorderedHoweverFast() throws Exception {
    try (ListenerConnection listener = ListenerConnection.open(TestDatabase.dataSource())) {
      listener.listen(List.of("counted"));
      TestDatabase.execute(
          "SELECT pg_notify('counted', n::text) FROM generate_series(1, 50000) n",
          "SELECT pg_notify('counted', repeat('x', 7999))",
          "SELECT pg_notify('counted', n::text) FROM generate_series(50001, 60000) n");

      List<String> received = new ArrayList<>();
      while (received.size() < 60_001) {
        List<String> batch = listener.await(WAIT);
        assertThat(batch).isNotEmpty();
        received.addAll(batch);
      }

      assertThat(received.remove(50_000)).hasSize(7_999);
      assertThat(received)
          .isEqualTo(IntStream.rangeClosed(1, 60_000).mapToObj(Integer::toString).toList());
    }
  }

  @Test
  void quietChannelReturnsNothingAndTheConnectionStaysUsable() throws Exception {
    try (ListenerConnection listener = ListenerConnection.open(TestDatabase.dataSource())) {
      listener.listen(List.of("quiet"));

      assertThat(listener.await(Duration.ofMillis(20))).isEmpty();
      listener.probe();
      TestDatabase.execute("NOTIFY quiet, 'later'");
      assertThat(listener.await(WAIT)).containsExactly("later");
    }
  }

  /** Publishes without a pause until it is closed. */
  private static final class Endless implements Runnable, AutoCloseable {
    private final Connection connection;
    private volatile boolean closed;

    Endless(PGSimpleDataSource dataSource) throws SQLException {
      this.connection = dataSource.getConnection();
    }

    @Override
    public void run() {
      try (Statement statement = connection.createStatement()) {
        while (!closed) {
          statement.execute(
              "SELECT pg_notify('busy', repeat('x', 110) || n) FROM generate_series(1, 50) n");
        }
      } catch (SQLException failure) {
        if (!closed) {
          throw new IllegalStateException(failure);
        }
      }
    }

    @Override
    public void close() throws SQLException {
      closed = true;
      connection.close();
    }
  }
}
