package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ReplicatedDatabaseTest {

  @Test
  void promoteWhenSynchronousThenAllCommitsAreThere() throws IOException {
    try (ReplicatedDatabase database = ReplicatedDatabase.start(true)) {
      execute(database, "CREATE TABLE words (word text)");
      execute(database, "INSERT INTO words VALUES ('committed')");
      commitWaitsForStandby(database);

      database.crashPrimary();

      assertThatIllegalStateException().isThrownBy(() -> words(database));

      database.promote();

      assertThat(words(database)).containsExactly("committed", "late");
      execute(database, "INSERT INTO words VALUES ('new')");
      assertThat(words(database)).containsExactly("committed", "late", "new");
    }
  }

  @Test
  void promoteWhenStandbyWasPausedThenLaterCommitsAreLost() throws IOException {
    try (ReplicatedDatabase database = ReplicatedDatabase.start(false)) {
      execute(database, "CREATE TABLE words (word text)");
      database.pauseStandby();
      execute(database, "INSERT INTO words VALUES ('missed and caught up with')");
      database.resumeStandby();
      database.pauseStandby();
      execute(database, "INSERT INTO words VALUES ('lost')");

      database.crashPrimary();
      database.promote();

      assertThat(words(database)).containsExactly("missed and caught up with");
    }
  }

  private static void commitWaitsForStandby(ReplicatedDatabase database) {
    database.pauseStandby();
    CompletableFuture<Void> commit =
        CompletableFuture.runAsync(() -> execute(database, "INSERT INTO words VALUES ('late')"));

    await()
        .untilAsserted(
            () ->
                assertThat(waitingCommits(database))
                    .containsExactly("INSERT INTO words VALUES ('late')"));
    assertThat(commit).isNotDone();

    database.resumeStandby();

    assertThat(commit).succeedsWithin(Duration.ofSeconds(5));
  }

  private static void execute(ReplicatedDatabase database, String sql) {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static List<String> words(ReplicatedDatabase database) {
    return query(database, "SELECT word FROM words ORDER BY word");
  }

  private static List<String> waitingCommits(ReplicatedDatabase database) {
    return query(database, "SELECT query FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
  }

  private static List<String> query(ReplicatedDatabase database, String sql) {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> values = new ArrayList<>();
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    } catch (SQLException failure) {
      throw new IllegalStateException(failure);
    }
  }
}
