package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.config.BelfrySettings.SchemaMode;
import dev.belfry.session.Session;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionConflictException;
import dev.belfry.session.SessionQuery;
import dev.belfry.session.SessionRules;
import dev.belfry.session.SessionRules.OnExcess;
import dev.belfry.session.SessionRules.UserLimit;
import dev.belfry.session.StateChange;
import dev.belfry.session.VersionConflictException;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PartitionedSessionsTest {

  private static final SessionTable SESSIONS = new SessionTable("", "sessions");
  private static final String ATTRIBUTE = "/cart/id";
  private static final SessionRules RULES = TestSessions.RULES.withAttributes(ATTRIBUTE);

  private static HikariDataSource pool;

  private SessionBackend sessions;

  @BeforeAll
  static void openPool() {
    pool = TestDatabase.pool();
  }

  @AfterAll
  static void closePool() {
    pool.close();
  }

  @BeforeEach
  void prepare() {
    TestDatabase.clean();
    TestDatabase.execute("DROP SCHEMA IF EXISTS tenant CASCADE", "DROP ROLE IF EXISTS guest");
    TestDatabase.prepare(pool, SESSIONS, ATTRIBUTE);
    sessions = TestSessions.of(pool, SESSIONS, RULES);
  }

  private static JsonObject state(int cart) {
    return Json.createObjectBuilder()
        .add("cart", Json.createObjectBuilder().add("id", cart))
        .build();
  }

  private static void validate(SessionTable table) throws SQLException {
    new PostgresSchema(pool, table, SchemaMode.VALIDATE, Set.of(ATTRIBUTE)).prepare();
  }

  @Test
  void rowsIndexesAndGrantsStay() throws Exception {
    TestDatabase.execute(
        "INSERT INTO sessions (id, user_id, expires_at, state, version, deleted) SELECT 'id-' || n, 'owner', now() + interval '1 hour', jsonb_build_object('n', n), n, n % 2 = 0 FROM generate_series(1, 1000) n",
        "CREATE ROLE guest",
        "GRANT SELECT, UPDATE ON sessions TO guest",
        "COMMENT ON TABLE sessions IS 'ours'");
    String rows = "SELECT sessions::text FROM sessions ORDER BY id";
    String indexes =
        "SELECT replace(pg_get_indexdef(indexrelid), ' ONLY ', ' ') FROM pg_index WHERE indrelid = 'sessions'::regclass ORDER BY 1";
    String grants =
        "SELECT relacl::text || obj_description(oid) FROM pg_class WHERE oid = 'sessions'::regclass";
    List<String> rowsBefore = TestDatabase.query(rows);
    List<String> indexesBefore = TestDatabase.query(indexes);
    List<String> grantsBefore = TestDatabase.query(grants);

    SqlFile.PARTITION.run();

    assertThat(TestDatabase.query(rows)).isEqualTo(rowsBefore);
    assertThat(TestDatabase.query(indexes)).hasSize(5).isEqualTo(indexesBefore);
    assertThat(TestDatabase.query(grants)).isEqualTo(grantsBefore);
    assertThat(
            TestDatabase.query(
                "SELECT relname || relispartition || array_to_string(reloptions, ',') FROM pg_class WHERE relname LIKE 'sessions_p_' ORDER BY 1"))
        .containsExactly(
            "sessions_p0truefillfactor=80",
            "sessions_p1truefillfactor=80",
            "sessions_p2truefillfactor=80",
            "sessions_p3truefillfactor=80");
    TestDatabase.execute("DROP OWNED BY guest");
  }

  @Test
  void schemaIsAcceptedAndLeftAlone() throws Exception {
    SqlFile.PARTITION.run();

    validate(SESSIONS);
    new PostgresSchema(pool, SESSIONS, SchemaMode.CREATE, Set.of(ATTRIBUTE, "/later")).prepare();
    new PostgresSchema(pool, SESSIONS, SchemaMode.VALIDATE, Set.of(ATTRIBUTE, "/later")).prepare();
  }

  @Test
  void anyNamesCanBeTaken() throws Exception {
    SessionTable table = new SessionTable("tenant", "Sitzungen_für_alle_" + "x".repeat(20));
    TestDatabase.prepare(pool, table, ATTRIBUTE);

    SqlFile.PARTITION.run("tenant", Map.of("sessions", table.table(), "partitions", "16"));

    validate(table);
    assertThat(
            TestDatabase.query(
                "SELECT count(*) FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE relkind = 'r'"))
        .containsExactly("16");
    SessionBackend tenant = TestSessions.of(pool, table, RULES);
    tenant.store().create("id-1", "alice", state(1));
    assertThat(tenant.store().find("id-1")).isPresent();
  }

  @Test
  void whatWouldBeLostIsRefusedAndTheTableLeftAsItIs() throws Exception {
    TestDatabase.execute(
        "INSERT INTO sessions (id, expires_at) VALUES ('id-1', now())",
        "CREATE VIEW seen AS SELECT id FROM sessions");
    assertThatThrownBy(SqlFile.PARTITION::run).hasMessageContaining("other objects depend on it");
    TestDatabase.execute("DROP VIEW seen", "ALTER TABLE sessions ENABLE ROW LEVEL SECURITY");
    assertThatThrownBy(SqlFile.PARTITION::run).hasMessageContaining("take them away first");
    TestDatabase.execute("ALTER TABLE sessions DISABLE ROW LEVEL SECURITY");

    assertThat(TestDatabase.query("SELECT id FROM sessions")).containsExactly("id-1");
    SqlFile.PARTITION.run();
    assertThatThrownBy(SqlFile.PARTITION::run).hasMessageContaining("is partitioned already");
    assertThat(TestDatabase.query("SELECT id FROM sessions")).containsExactly("id-1");
  }

  @Test
  void tableWithoutAllMigrationsIsRefused() throws Exception {
    TestDatabase.clean();
    SqlFile.SESSIONS.run();
    assertThatThrownBy(SqlFile.PARTITION::run).hasMessageContaining("lacks migrations");
    SqlFile.LIFETIMES.run();
    assertThatThrownBy(SqlFile.PARTITION::run).hasMessageContaining("lacks migrations");
  }

  @Test
  void partitionedTableOfTheVersionBeforeIsUpgraded() throws Exception {
    SqlFile.PARTITION.run();
    TestDatabase.execute(
        "ALTER TABLE sessions DROP COLUMN negotiated",
        "DELETE FROM belfry_history_sessions WHERE version = '4'",
        "INSERT INTO sessions (id, user_id, expires_at) VALUES ('id-1', 'alice', now() + interval '1 hour')");

    TestDatabase.prepare(pool, SESSIONS, ATTRIBUTE);

    validate(SESSIONS);
    assertThat(sessions.store().find("id-1").orElseThrow().negotiated()).isEmpty();
    SqlFile.NEGOTIATED.run();
  }

  @Test
  void whoUsesTheTableMeanwhileLosesNothing() throws Exception {
    IntStream.range(0, 8).forEach(n -> sessions.store().create("id-" + n, "alice", state(n)));
    TestDatabase.execute(
        "INSERT INTO sessions (id, expires_at) SELECT 'other-' || n, now() FROM generate_series(1, 20000) n");
    CountDownLatch started = new CountDownLatch(8);
    CountDownLatch partitioned = new CountDownLatch(1);
    ExecutorService users = Executors.newFixedThreadPool(8);
    try {
      List<Future<Integer>> counts = new ArrayList<>();
      for (int number = 0; number < 8; number++) {
        String id = "id-" + number;
        counts.add(users.submit(() -> changeUntil(partitioned, started, id)));
      }
      started.await();
      SqlFile.PARTITION.run();
      partitioned.countDown();
      for (int number = 0; number < 8; number++) {
        long changes = counts.get(number).get();
        assertThat(sessions.store().find("id-" + number).map(Session::version)).contains(changes);
      }
    } finally {
      partitioned.countDown();
      users.shutdownNow();
    }
  }

  private int changeUntil(CountDownLatch end, CountDownLatch started, String id) {
    int changes = 0;
    while (end.getCount() > 0 || changes < 20) {
      assertThat(sessions.store().mergeState(id, state(changes))).isTrue();
      assertThat(sessions.store().touch(id)).isTrue();
      changes++;
      if (changes == 10) {
        started.countDown();
      }
    }
    return changes;
  }

  @Test
  void storeWorks() throws Exception {
    SqlFile.PARTITION.run();
    for (int number = 0; number < 40; number++) {
      sessions.store().create("id-" + number, "user-" + number % 2, state(number));
    }

    assertThatThrownBy(() -> sessions.store().create("id-7", "user-1", state(0)))
        .isInstanceOf(SessionConflictException.class);
    assertThat(sessions.store().find("id-7").orElseThrow().state()).isEqualTo(state(7));
    assertThat(sessions.store().exists("id-39")).isTrue();
    assertThat(sessions.store().touch("id-3")).isTrue();
    assertThat(sessions.store().touchAll(List.of("id-1", "id-2", "nobody")).touched())
        .containsExactlyInAnyOrder("id-1", "id-2");
    assertThat(sessions.store().mergeState("id-7", state(70))).isTrue();
    assertThat(sessions.store().find("id-7").orElseThrow().state()).isEqualTo(state(70));
    assertThat(sessions.store().delete("id-0")).isTrue();
    assertThat(sessions.store().find("id-0")).isEmpty();
    sessions.store().check();
  }

  @Test
  void theOriginalGoesOnWriting() throws Exception {
    SqlFile.PARTITION.run();
    for (String state : List.of("{\"n\": 1}", "{\"n\": 2}")) {
      TestDatabase.execute(
          "INSERT INTO sessions (id, user_id, expires_at, state) VALUES ('go', 'alice', now() + interval '1 hour', '%s') ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at, state = excluded.state"
              .formatted(state));
    }

    assertThat(sessions.store().find("go").orElseThrow().state().getInt("n")).isEqualTo(2);
  }

  @Test
  void statesWork() throws Exception {
    SqlFile.PARTITION.run();
    sessions.store().create("id-1", "alice", state(1));

    assertThat(sessions.states().apply("id-1", StateChange.merge(state(2))))
        .map(Session::state)
        .contains(state(2));
    assertThat(sessions.states().compareAndSet("id-1", 1, state(3))).isPresent();
    assertThatThrownBy(() -> sessions.states().compareAndSet("id-1", 1, state(4)))
        .isInstanceOf(VersionConflictException.class);
    assertThat(sessions.states().update("id-1", before -> state(5))).isPresent();
    assertThat(sessions.store().find("id-1").map(Session::version)).contains(3L);
  }

  @Test
  void revocationWorks() throws Exception {
    SqlFile.PARTITION.run();
    for (int number = 0; number < 10; number++) {
      sessions.store().create("id-" + number, "alice", state(number));
    }

    assertThat(sessions.revocation().rotate("id-1", "id-new").map(Session::state))
        .contains(state(1));
    assertThat(sessions.store().find("id-1")).isEmpty();
    assertThat(sessions.revocation().deleteAllExcept("alice", "id-new")).isEqualTo(9);
    assertThat(sessions.store().find("id-new")).isPresent();
    assertThat(sessions.revocation().deleteAll("alice")).isEqualTo(1);
    assertThatThrownBy(() -> sessions.store().create("id-new", "alice", state(0)))
        .isInstanceOf(SessionConflictException.class);
  }

  @Test
  void queriesWork() throws Exception {
    SqlFile.PARTITION.run();
    for (int number = 0; number < 40; number++) {
      sessions.store().create("id-" + number, "user-" + number % 2, state(number % 5));
    }
    sessions.store().touch("id-3");

    assertThat(sessions.queries().count(SessionQuery.ofUser("user-1"))).isEqualTo(20);
    assertThat(sessions.queries().stream(SessionQuery.all()).map(Session::id).distinct())
        .hasSize(40);
    assertThat(sessions.queries().count(SessionQuery.all().where(ATTRIBUTE, Json.createValue(4))))
        .isEqualTo(8);
    assertThat(sessions.queries().latestForUser("user-1", "id-").map(Session::id)).contains("id-3");
  }

  @Test
  void limitOfAUserIsKept() throws Exception {
    SqlFile.PARTITION.run();
    SessionBackend limited =
        TestSessions.of(pool, SESSIONS, RULES.limited(new UserLimit(3, OnExcess.EVICT_OLDEST)));
    for (int number = 0; number < 10; number++) {
      limited.store().create("id-" + number, "alice", state(number));
    }

    assertThat(limited.queries().stream(SessionQuery.ofUser("alice")).map(Session::id))
        .containsExactlyInAnyOrder("id-7", "id-8", "id-9");
  }

  @Test
  void whatHasExpiredEndsAndIsForgotten() throws Exception {
    SqlFile.PARTITION.run();
    TestDatabase.execute(
        "INSERT INTO sessions (id, expires_at) SELECT 'old-' || n, now() - interval '3 hours' FROM generate_series(1, 1700) n",
        "INSERT INTO sessions (id, expires_at) SELECT 'live-' || n, now() + interval '3 hours' FROM generate_series(1, 10) n");

    assertThat(sessions.store().deleteExpired()).isEqualTo(1700);
    assertThat(TestDatabase.query("SELECT count(*) FROM sessions WHERE ended_at IS NOT NULL"))
        .containsExactly("1700");
    assertThat(
            TestDatabase.query(
                "SELECT max(rows) FROM (SELECT count(*) AS rows FROM sessions WHERE ended_at IS NOT NULL GROUP BY xmin::text) AS batches"))
        .as("equal places of other partitions are not in the batch")
        .containsExactly("500");
    TestDatabase.execute("UPDATE sessions SET ended_at = ended_at - interval '1 hour'");
    assertThat(sessions.store().deleteExpired()).isZero();
    assertThat(TestDatabase.query("SELECT count(*) FROM sessions")).containsExactly("10");
  }
}
