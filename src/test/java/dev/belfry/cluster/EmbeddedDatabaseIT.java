package dev.belfry.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.belfry.cluster.EmbeddedDatabase.StopMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EmbeddedDatabaseIT {
  @TempDir private Path directory;

  private EmbeddedDatabase database;

  @BeforeEach
  void start() {
    database = new EmbeddedDatabase(directory, Map.of("max_prepared_transactions", "7"));
    database.start();
  }

  @AfterEach
  void close() {
    database.close();
  }

  @ParameterizedTest
  @EnumSource
  void startAfterStopThenSameAddressAndCommittedData(StopMode mode) throws SQLException {
    DatabaseAddress before = database.address();
    query("CREATE TABLE kept AS SELECT 'yes' AS answer; SELECT answer FROM kept");

    database.stop(mode);
    assertThatExceptionOfType(SQLException.class).isThrownBy(() -> query("SELECT 1"));
    database.start();

    assertThat(database.address()).isEqualTo(before);
    assertThat(query("SELECT answer FROM kept")).isEqualTo("yes");
  }

  @Test
  void startThenListensOnLoopbackOnlyWithTheSettingsGiven() throws SQLException {
    assertThat(query("SHOW listen_addresses")).isEqualTo("127.0.0.1");
    assertThat(query("SHOW unix_socket_directories")).isEmpty();
    assertThat(query("SHOW max_prepared_transactions")).isEqualTo("7");
    assertThat(query("SHOW server_version")).startsWith("18.");
  }

  @Test
  void startWhenAnEarlierRunWasKilledThenEndsWhatItLeft() throws IOException {
    long left = postmaster();
    EmbeddedDatabase next = new EmbeddedDatabase(directory, Map.of());

    next.start();

    assertThat(isRunning(left)).isFalse();
    next.close();
  }

  @Test
  void closeThenNeitherProcessNorDataIsLeft() throws IOException {
    long postmaster = postmaster();

    database.close();
    database.close();

    assertThat(isRunning(postmaster)).isFalse();
    assertThat(database.dataDirectory()).doesNotExist();
  }

  @Test
  void closeWhenNeverStartedThenLeavesTheDataOfAnotherAlone() throws SQLException {
    new EmbeddedDatabase(directory, Map.of()).close();

    assertThat(database.dataDirectory()).exists();
    assertThat(query("SELECT 'unharmed'")).isEqualTo("unharmed");
  }

  // Not isAlive: an orphan that has ended may wait for somebody to reap it.
  private static boolean isRunning(long pid) {
    return ProcessHandle.of(pid).flatMap(process -> process.info().command()).isPresent();
  }

  private long postmaster() throws IOException {
    Path pidFile = database.dataDirectory().resolve("postmaster.pid");
    return Long.parseLong(Files.readAllLines(pidFile).get(0));
  }

  private String query(String sql) throws SQLException {
    try (Connection connection = database.address().dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      boolean isResult = statement.execute(sql);
      while (!isResult) {
        isResult = statement.getMoreResults();
      }
      try (ResultSet rows = statement.getResultSet()) {
        rows.next();
        return rows.getString(1);
      }
    }
  }
}
