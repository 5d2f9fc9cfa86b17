package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.event.BroadcasterUnavailableException;
import dev.belfry.event.MemoryPresence;
import dev.belfry.event.Presence;
import dev.belfry.event.Presence.Count;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class PostgresPresenceTest {

  private static HikariDataSource pool;

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
  void empty() {
    TestDatabase.emptyLog();
  }

  @Test
  void replicasOfOneChannelAreCounted() {
    Presence one = presence("a", Duration.ofMinutes(1));
    Presence two = presence("a", Duration.ofMinutes(1));
    Presence other = presence("b", Duration.ofMinutes(1));
    assertThat(one.count()).isEqualTo(new Count(0, 0));

    one.report(3);
    two.report(4);
    two.report(5);
    other.report(100);

    assertThat(one.count()).isEqualTo(new Count(2, 8));
    assertThat(two.count()).isEqualTo(new Count(2, 8));
    two.close();
    two.close();
    two.report(5);
    assertThat(one.count()).as("who has left does not come back").isEqualTo(new Count(1, 3));
  }

  @Test
  void replicaThatNoLongerReportsIsNotCounted() {
    Presence crashed = presence("a", Duration.ofMillis(200));
    Presence alive = presence("a", Duration.ofMillis(200));
    crashed.report(7);

    await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () -> {
              alive.report(1);
              return alive.count().equals(new Count(1, 1));
            });
    TestDatabase.execute("UPDATE belfry_replica SET reported_at = now() - interval '1 hour'");
    alive.report(1);

    assertThat(TestDatabase.query("SELECT count(*) FROM belfry_replica"))
        .as("what a crashed replica left is removed by those who go on")
        .containsExactly("1");
  }

  @Test
  void failureIsReported() {
    PGSimpleDataSource nowhere = TestDatabase.dataSource();
    nowhere.setPortNumbers(new int[] {1});
    Presence presence = new PostgresPresence(nowhere, "", "a", Duration.ofSeconds(1));

    assertThatThrownBy(presence::count)
        .isInstanceOf(BroadcasterUnavailableException.class)
        .hasMessageStartingWith("Counting the replicas failed");
    assertThatThrownBy(() -> presence.report(1))
        .isInstanceOf(BroadcasterUnavailableException.class);
    presence.close();
  }

  @Test
  void memoryKnowsOfItself() {
    Presence presence = new MemoryPresence();

    presence.report(2);

    assertThat(presence.count()).isEqualTo(new Count(1, 2));
    presence.close();
    assertThat(presence.count()).isEqualTo(new Count(0, 0));
  }

  private static Presence presence(String channel, Duration interval) {
    return new PostgresPresence(pool, "", channel, interval);
  }
}
