package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.event.ServerEvent;
import dev.belfry.postgres.EventCodec.Encoded;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * That readers who follow the log see every event, once, in the same order, although many write;
 * and that this is because of how offsets are given, and not because this test could not tell.
 */
@Timeout(180)
class EventLogOrderTest {

  private static final int WRITERS = 8;
  private static final int READERS = 3;
  private static final EventTables TABLES = new EventTables("");

  private static HikariDataSource pool;

  private final EventLog log = new EventLog("ordered", TABLES, Duration.ofSeconds(30));
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @BeforeAll
  static void prepare() {
    TestDatabase.clean();
    pool = TestDatabase.pool();
    TestDatabase.prepare(pool);
  }

  @AfterAll
  static void closePool() {
    pool.close();
  }

  @BeforeEach
  void emptyLog() {
    TestDatabase.emptyLog();
  }

  @Test
  void readersMissAndRepeatNothing() throws Exception {
    List<List<String>> seen = run(100_000, 50, log::append);

    for (List<String> reader : seen) {
      assertThat(reader).hasSize(100_000);
      assertThat(new HashSet<>(reader)).hasSize(100_000);
      assertThat(reader).isEqualTo(seen.get(0));
    }
    assertThat(
            TestDatabase.query(
                "SELECT max(event_offset) = 100000 AND min(event_offset) = 1 AND count(*) = 100000 FROM belfry_event"))
        .containsExactly("t");
  }

  @Test
  void withASequenceReadersMissEvents() throws Exception {
    TestDatabase.execute("DROP SEQUENCE IF EXISTS unordered", "CREATE SEQUENCE unordered");

    List<List<String>> seen = run(4_000, 1, EventLogOrderTest::appendWithSequence);

    assertThat(seen).as("what the readers saw").anyMatch(reader -> reader.size() < 4_000);
  }

  /** How entries come into the log. */
  @FunctionalInterface
  private interface Appender {
    Object append(Connection connection, List<Encoded> entries)
        throws SQLException, InterruptedException;
  }

  /** As one would do it: the number comes from a sequence, and the commit takes its time. */
  private static Object appendWithSequence(Connection connection, List<Encoded> entries)
      throws SQLException, InterruptedException {
    connection.setAutoCommit(false);
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            INSERT INTO belfry_event (channel, event_offset, epoch, bytes, payload)
            VALUES ('ordered', nextval('unordered'), 'sequence', ?, ?::json)
            """)) {
      for (Encoded entry : entries) {
        statement.setInt(1, entry.bytes());
        statement.setString(2, entry.json());
        statement.executeUpdate();
      }
    }
    TimeUnit.MICROSECONDS.sleep(ThreadLocalRandom.current().nextInt(500));
    connection.commit();
    connection.setAutoCommit(true);
    return entries;
  }

  /** Writes so many events from many threads, and reads them in others; what each reader saw. */
  private List<List<String>> run(int events, int batch, Appender appender) throws Exception {
    CountDownLatch written = new CountDownLatch(WRITERS);
    List<Future<List<String>>> readers = new ArrayList<>();
    for (int reader = 0; reader < READERS; reader++) {
      readers.add(threads.submit(() -> read(written)));
    }
    List<Future<Void>> writers = new ArrayList<>();
    int each = events / WRITERS;
    for (int writer = 0; writer < WRITERS; writer++) {
      int first = writer * each;
      writers.add(
          threads.submit(
              () -> {
                try {
                  write(first, each, batch, appender);
                } finally {
                  written.countDown();
                }
                return null;
              }));
    }
    for (Future<Void> writer : writers) {
      writer.get();
    }
    List<List<String>> seen = new ArrayList<>();
    for (Future<List<String>> reader : readers) {
      seen.add(reader.get());
    }
    threads.shutdown();
    return seen;
  }

  private static void write(int first, int count, int batch, Appender appender) throws Exception {
    EventCodec codec = new EventCodec(1_000);
    try (Connection connection = pool.getConnection()) {
      for (int done = 0; done < count; done += batch) {
        List<Encoded> entries =
            IntStream.range(first + done, first + done + batch)
                .mapToObj(number -> codec.encode(ServerEvent.of("event-" + number), ""))
                .toList();
        appender.append(connection, entries);
      }
    }
  }

  /** Follows the table as anybody would: what is after the last that was seen. */
  private static List<String> read(CountDownLatch written) throws Exception {
    List<String> seen = new ArrayList<>();
    long position = 0;
    try (Connection connection = pool.getConnection();
        PreparedStatement statement =
            connection.prepareStatement(
                """
                SELECT event_offset, payload ->> 'method' FROM belfry_event
                WHERE channel = 'ordered' AND event_offset > ? ORDER BY event_offset LIMIT 500
                """)) {
      boolean last = false;
      while (true) {
        statement.setLong(1, position);
        int before = seen.size();
        try (ResultSet rows = statement.executeQuery()) {
          while (rows.next()) {
            position = rows.getLong(1);
            seen.add(rows.getString(2));
          }
        }
        if (seen.size() == before && last) {
          return seen;
        }
        // Everything that is written now can be seen by the next reads.
        last = written.getCount() == 0;
      }
    }
  }
}
