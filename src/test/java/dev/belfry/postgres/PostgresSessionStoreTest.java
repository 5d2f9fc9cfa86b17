package dev.belfry.postgres;

import static java.util.Collections.disjoint;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.config.Settings;
import dev.belfry.event.CallerTransaction;
import dev.belfry.postgres.PostgresSessions.Parts;
import dev.belfry.session.Lifetime;
import dev.belfry.session.Session;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionRules;
import dev.belfry.session.SessionStore;
import dev.belfry.session.SessionStoreException;
import dev.belfry.session.SessionStoreUnavailableException;
import dev.belfry.session.UnreadableStateException;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/** What is particular to sessions in PostgreSQL: the original, failures, locks and cost. */
class PostgresSessionStoreTest {

  private static final Duration TIME_TO_LIVE = Duration.ofMinutes(30);
  private static final SessionRules RULES = SessionRules.of(TIME_TO_LIVE);
  private static final JsonObject EMPTY = JsonValue.EMPTY_JSON_OBJECT;

  private static HikariDataSource pool;

  private final SessionBackend sessions = sessions(pool, RULES);
  private final SessionStore store = sessions.store();

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

  @AfterEach
  void clean() {
    TestDatabase.execute("TRUNCATE sessions, belfry_outbox");
  }

  private static SessionBackend sessions(DataSource dataSource, SessionRules rules) {
    return sessions(dataSource, rules, Map.of());
  }

  private static SessionBackend sessions(
      DataSource dataSource, SessionRules rules, Map<String, String> configured) {
    return PostgresSessions.standAlone(
        Parts.of(
            dataSource,
            Settings.with(configured),
            rules,
            SessionCodec.PLAIN,
            new OutboxBell(),
            Optional.empty()),
        CallerTransaction.NONE);
  }

  private static JsonObject json(String text) {
    return Json.createReader(new StringReader(text.replace('\'', '"'))).readObject();
  }

  private JsonObject stateOf(String id) {
    return store.find(id).orElseThrow().state();
  }

  @Test
  void rowsOfTheOriginalAreReadAndChanged() {
    TestDatabase.execute(
        """
        INSERT INTO sessions (id, user_id, created_at, last_active_at, expires_at, state)
        VALUES ('dps_go', 'abc', '2026-01-02T03:04:05.123456Z', now(), now() + interval '1 hour',
          '{"n": 12345678901234567890.5}')
        """);

    Session session = store.find("dps_go").orElseThrow();

    assertThat(session.userId()).isEqualTo("abc");
    assertThat(session.createdAt()).isEqualTo(Instant.parse("2026-01-02T03:04:05.123456Z"));
    assertThat(session.state().getJsonNumber("n").bigDecimalValue())
        .isEqualTo(new BigDecimal("12345678901234567890.5"));
    assertThat(store.mergeState("dps_go", json("{'m': 1}"))).isTrue();
    assertThat(sessions.queries().latestForUser("abc", "dps_").map(Session::id)).contains("dps_go");
  }

  @Test
  void theOriginalReadsAndChangesWhatBelfryWrote() {
    store.create("id-1", "alice", json("{'a': 1}"));

    TestDatabase.execute(
        "UPDATE sessions SET state = state || '{\"b\": 2}' WHERE id = 'id-1' AND expires_at > now()",
        "UPDATE sessions SET last_active_at = now(), expires_at = now() + interval '2 hours' WHERE id = 'id-1'");

    assertThat(TestDatabase.query("SELECT user_id || ' ' || state FROM sessions"))
        .containsExactly("alice {\"a\": 1, \"b\": 2}");
    Session session = store.find("id-1").orElseThrow();
    assertThat(session.state()).isEqualTo(json("{'a': 1, 'b': 2}"));
    assertThat(Duration.between(session.lastActiveAt(), session.expiresAt()))
        .isEqualTo(Duration.ofHours(2));
  }

  @Test
  void stateOfTheOriginalThatIsNoObjectReadsAsEmptyAndMergesOntoAnObject() {
    for (String broken : new String[] {"null", "[null, {\"a\": 1}]", "\"text\""}) {
      TestDatabase.execute(
          "TRUNCATE sessions",
          "INSERT INTO sessions (id, expires_at, state) VALUES ('go', now() + interval '1 hour', '%s')"
              .formatted(broken));

      assertThat(stateOf("go")).isEmpty();
      assertThat(store.mergeState("go", json("{'b': 2}"))).isTrue();
      assertThat(stateOf("go")).isEqualTo(json("{'b': 2}"));
    }
  }

  @Test
  void stateThatCannotBeReadIsAClearErrorAndStaysStored() {
    TestDatabase.execute(
        "INSERT INTO sessions (id, expires_at, state) VALUES ('deep', now() + interval '1 hour', ('{\"a\":' || repeat('[', 3000) || repeat(']', 3000) || '}')::jsonb)");

    assertThatThrownBy(() -> store.find("deep"))
        .isInstanceOf(UnreadableStateException.class)
        .hasMessageContaining("session de…");
    assertThat(TestDatabase.query("SELECT length(state::text) > 6000 FROM sessions"))
        .containsExactly("t");
  }

  @Test
  void touchNeverMovesExpiryBackwards() {
    store.create("id-1", "alice", EMPTY);
    TestDatabase.execute("UPDATE sessions SET expires_at = now() + interval '10 hours'");
    Instant later = store.find("id-1").orElseThrow().expiresAt();

    assertThat(store.touch("id-1")).isTrue();

    assertThat(store.find("id-1").orElseThrow().expiresAt()).isEqualTo(later);
  }

  @Test
  void touchIsHot() {
    for (int number = 0; number < 20; number++) {
      store.create(
          "id-" + number, "alice", Json.createObjectBuilder().add("x", "y".repeat(900)).build());
    }
    // In the middle of an hour, wherever the clock stands: not across a boundary of expires_bucket.
    TestDatabase.execute(
        "UPDATE sessions SET expires_at = date_bin('1 hour', now(), timestamptz '2000-01-01 00:00:00+00') + interval '1 hour 5 minutes'");
    SessionStore shortLived =
        sessions(pool, SessionRules.of(Duration.between(Instant.now(), middleOfNextHour())))
            .store();
    TestDatabase.execute("VACUUM FULL sessions");
    awaitFiguresOfPooledConnections();
    TestDatabase.execute("SELECT pg_stat_reset()");

    for (int round = 0; round < 10; round++) {
      for (int number = 0; number < 10; number++) {
        assertThat(shortLived.touch("id-" + number)).isTrue();
      }
      List<String> others = IntStream.range(10, 20).mapToObj("id-%d"::formatted).toList();
      assertThat(shortLived.touchAll(others).touched()).hasSize(10);
    }

    awaitFiguresOfPooledConnections();
    // An update that moves to another page is not HOT either: for want of room, which a snapshot of
    // somebody else's may keep occupied, and not because an indexed column changed.
    assertThat(
            TestDatabase.query(
                """
                SELECT format('%s updates, %s not HOT on their own page, most HOT: %s', n_tup_upd,
                  n_tup_upd - n_tup_hot_upd - n_tup_newpage_upd, n_tup_hot_upd >= 180)
                FROM pg_stat_user_tables WHERE relname = 'sessions'
                """))
        .containsExactly("200 updates, 0 not HOT on their own page, most HOT: t");
  }

  /** A connection reports what it did at the latest when it ends. */
  private static void awaitFiguresOfPooledConnections() {
    List<String> before = pooledConnections();
    await()
        .atMost(10, TimeUnit.SECONDS)
        .until(
            () -> {
              // Again and again: one that the pool is just opening is not in it yet.
              pool.getHikariPoolMXBean().softEvictConnections();
              return disjoint(before, pooledConnections());
            });
  }

  private static List<String> pooledConnections() {
    return TestDatabase.query(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
  }

  private static Instant middleOfNextHour() {
    return Instant.parse(
        TestDatabase.query(
                "SELECT to_char((date_bin('1 hour', now(), timestamptz '2000-01-01 00:00:00+00') + interval '90 minutes') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
            .get(0));
  }

  @Test
  void cleanupUsesTheIndex() {
    TestDatabase.execute(
        "INSERT INTO sessions (id, expires_at) SELECT 'live-' || n, now() + interval '3 hours' FROM generate_series(1, 20000) n",
        "INSERT INTO sessions (id, expires_at) SELECT 'old-' || n, now() - interval '3 hours' FROM generate_series(1, 10) n",
        "ANALYZE sessions");

    assertThat(
            TestDatabase.query(
                "EXPLAIN SELECT id FROM sessions WHERE ended_at IS NULL AND expires_bucket <= now() AND expires_at <= now() ORDER BY expires_bucket LIMIT 500 FOR UPDATE SKIP LOCKED"))
        .anyMatch(line -> line.contains("using sessions_expires_bucket_idx"));
    assertThat(
            TestDatabase.query(
                "EXPLAIN SELECT id FROM sessions WHERE ended_at <= now() AND expires_at <= now() ORDER BY ended_at LIMIT 500 FOR UPDATE SKIP LOCKED"))
        .anyMatch(line -> line.contains("using sessions_ended_at_idx"));
    assertThat(store.deleteExpired()).isEqualTo(10);
  }

  /** As many that the pages are gone through, in transactions of a few hundred rows. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void cleanupOfManyLeavesNone(boolean announced) throws Exception {
    SessionStore cleaning =
        sessions(pool, RULES, Map.of("belfry.session.events", "" + announced)).store();
    TestDatabase.execute(
        "INSERT INTO sessions (id, expires_at, state) SELECT CASE n % 2 WHEN 0 THEN 'live-' ELSE 'old-' END || n, now() + CASE n % 2 WHEN 0 THEN 3 ELSE -3 END * interval '1 hour', to_jsonb(ARRAY[repeat('x', 1000)]) FROM generate_series(1, 8000) n",
        "ANALYZE sessions");
    try (Connection other = pool.getConnection();
        Statement statement = other.createStatement();
        // An old snapshot: what is dead meanwhile stays in the index.
        Connection old = pool.getConnection();
        Statement snapshot = old.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("SELECT * FROM sessions WHERE id IN ('old-7', 'old-7001') FOR UPDATE");
      old.setAutoCommit(false);
      old.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      snapshot.execute("SELECT 1");

      assertThat(cleaning.deleteExpired()).isEqualTo(3998);
      other.rollback();
      old.rollback();
    }
    assertThat(cleaning.deleteExpired()).isEqualTo(2);

    TestDatabase.execute("UPDATE sessions SET ended_at = ended_at - interval '1 day'");
    assertThat(cleaning.deleteExpired()).isZero();
    assertThat(TestDatabase.query("SELECT count(*) || ' ' || min(left(id, 5)) FROM sessions"))
        .containsExactly("4000 live-");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatNobodyCanReviveIsRemovedAtOnce(boolean announced) {
    SessionRules forgetful =
        new SessionRules(
            RULES.lifetime(),
            Duration.ZERO,
            RULES.userLimit(),
            RULES.maxStateBytes(),
            RULES.attributes());
    SessionStore cleaning =
        sessions(pool, forgetful, Map.of("belfry.session.events", "" + announced)).store();
    cleaning.create("live", "alice", EMPTY);
    TestDatabase.execute(
        "INSERT INTO sessions (id, expires_at) SELECT 'old-' || n, now() - interval '3 hours' FROM generate_series(1, 1700) n",
        "TRUNCATE belfry_outbox");

    assertThat(cleaning.deleteExpired()).isEqualTo(1700);

    assertThat(TestDatabase.query("SELECT id FROM sessions")).containsExactly("live");
    assertThat(TestDatabase.query("SELECT count(*) FROM belfry_outbox"))
        .containsExactly(announced ? "1700" : "0");
    assertThat(cleaning.deleteExpired()).isZero();
  }

  @Test
  @Timeout(20)
  void cleanupNeitherWaitsForLockedRowsNorLeavesTheOthers() throws Exception {
    TestDatabase.execute(
        "INSERT INTO sessions (id, expires_at) SELECT 'old-' || n, now() - interval '3 hours' FROM generate_series(1, 1700) n");
    try (Connection other = pool.getConnection();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("SELECT * FROM sessions WHERE id IN ('old-7', 'old-900') FOR UPDATE");

      assertThat(store.deleteExpired()).isEqualTo(1698);
      other.rollback();
    }
    assertThat(store.deleteExpired()).isEqualTo(2);
  }

  @Test
  @Timeout(20)
  void cleanupWorksInTransactionsOfABoundedSize() throws SQLException {
    TestDatabase.execute(
        "INSERT INTO sessions (id, expires_at) SELECT 'old-' || n, now() - interval '3 hours' FROM generate_series(1, 1700) n",
        "CREATE TABLE changes (transaction xid8, change text, durable text)",
        "CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO changes VALUES (pg_current_xact_id(), TG_OP, current_setting('synchronous_commit')); RETURN OLD; END $$",
        "CREATE TRIGGER note AFTER UPDATE OR DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION note_change()");
    try {
      assertThat(store.deleteExpired()).isEqualTo(1700);
      TestDatabase.execute(
          "UPDATE sessions SET ended_at = ended_at - interval '1 day'", "TRUNCATE changes");
      TestDatabase.execute(
          "INSERT INTO sessions (id, expires_at) SELECT 'other-' || n, now() - interval '3 hours' FROM generate_series(1, 700) n");
      assertThat(store.deleteExpired()).isEqualTo(700);

      assertThat(
              TestDatabase.query(
                  "SELECT change || ' ' || count(*) FROM changes GROUP BY transaction, change ORDER BY 1 DESC"))
          .containsExactlyInAnyOrder("UPDATE 500", "UPDATE 200", "DELETE 1500", "DELETE 200");
      assertThat(TestDatabase.query("SELECT DISTINCT durable FROM changes"))
          .as("nobody waits for the disk")
          .containsExactly("off");
      assertThat(settingOfAllConnections("synchronous_commit")).containsOnly("on");
    } finally {
      TestDatabase.execute(
          "DROP TRIGGER note ON sessions", "DROP FUNCTION note_change()", "DROP TABLE changes");
    }
  }

  private List<String> settingOfAllConnections(String name) throws SQLException {
    List<String> settings = new ArrayList<>();
    List<Connection> taken = new ArrayList<>();
    try {
      for (int number = 0; number < pool.getHikariPoolMXBean().getTotalConnections(); number++) {
        taken.add(pool.getConnection());
      }
      for (Connection connection : taken) {
        try (Statement statement = connection.createStatement();
            ResultSet row = statement.executeQuery("SHOW " + name)) {
          row.next();
          settings.add(row.getString(1));
        }
      }
    } finally {
      for (Connection connection : taken) {
        connection.close();
      }
    }
    return settings;
  }

  @Test
  @Timeout(20)
  void oneCleansUpAtATimeAndWhenItDiesTheNextTakesOver() throws Exception {
    TestDatabase.execute(
        "INSERT INTO sessions (id, expires_at) VALUES ('old', now() - interval '3 hours')");
    String turn =
        "SELECT pg_try_advisory_xact_lock(hashtextextended('belfry cleanup', 'sessions'::regclass::oid::bigint))";
    try (Connection other = TestDatabase.dataSource().getConnection();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      try (ResultSet row = statement.executeQuery(turn)) {
        assertThat(row.next() && row.getBoolean(1)).isTrue();
      }

      assertThat(store.deleteExpired()).isZero();
    } // The connection is gone, without a word to the database.

    await().atMost(10, TimeUnit.SECONDS).until(() -> store.deleteExpired() == 1);
  }

  @Test
  void sessionThatTheOriginalBringsBackStaysDeadIfItWasDeletedAndLivesIfItHadExpired() {
    String back = "UPDATE sessions SET expires_at = now() + interval '1 hour'";
    store.create("deleted", "alice", EMPTY);
    store.create("expired", "alice", EMPTY);
    store.delete("deleted");
    TestDatabase.execute("UPDATE sessions SET expires_at = now() - interval '1 second'");
    assertThat(store.deleteExpired()).isOne();

    TestDatabase.execute(back);

    assertThat(store.find("deleted")).isEmpty();
    assertThat(store.find("expired")).isPresent();
    TestDatabase.execute("UPDATE sessions SET ended_at = ended_at - interval '1 day'");
    store.deleteExpired();
    assertThat(store.find("expired")).as("not forgotten while it lives").isPresent();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void sessionOfTheOriginalComesBackWithTheConfiguredLifetime(boolean announced) {
    TestDatabase.execute(
        "INSERT INTO sessions (id, user_id, expires_at, state) VALUES ('go', 'alice', now() - interval '1 minute', 'null')");
    if (announced) {
      assertThat(store.deleteExpired()).isOne();
    }

    Session revived = store.revive("go", "alice").orElseThrow();

    assertThat(revived.state()).isEmpty();
    assertThat(revived.negotiated()).isEmpty();
    assertThat(Duration.between(revived.lastActiveAt(), revived.expiresAt()))
        .isCloseTo(TIME_TO_LIVE, Duration.ofSeconds(10));
    assertThat(TestDatabase.query("SELECT ended_at IS NULL FROM sessions")).containsExactly("t");
    assertThat(store.find("go")).contains(revived);
  }

  @Test
  void revivalDoesNotOutliveAMaximumThatAnotherWriterPassesOver() {
    store.create("id-1", "alice", EMPTY, Lifetime.of(TIME_TO_LIVE).atMost(Duration.ofMinutes(40)));
    TestDatabase.execute("UPDATE sessions SET not_after = now() - interval '1 second'");

    assertThat(store.revive("id-1", "alice")).isEmpty();
    assertThat(store.find("id-1")).isEmpty();
  }

  @Test
  void sessionThatCannotBeReadStaysExpired() {
    TestDatabase.execute(
        "INSERT INTO sessions (id, user_id, expires_at, state) VALUES ('deep', 'alice', now(), ('{\"a\":' || repeat('[', 3000) || repeat(']', 3000) || '}')::jsonb)");

    assertThatThrownBy(() -> store.revive("deep", "alice"))
        .isInstanceOf(UnreadableStateException.class);

    assertThat(TestDatabase.query("SELECT expires_at > now() FROM sessions")).containsExactly("f");
    assertThat(TestDatabase.query("SELECT count(*) FROM belfry_outbox")).containsExactly("0");
  }

  @Test
  void theOriginalKeepsWhatWasNegotiatedAndNeedsNone() {
    store.create("id-1", "alice", EMPTY, RULES.lifetime(), json("{'client': 1}"));
    TestDatabase.execute(
        "INSERT INTO sessions (id, user_id, expires_at, state) VALUES ('id-1', 'alice', now() + interval '1 hour', '{\"n\": 1}') ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at, state = excluded.state",
        "INSERT INTO sessions (id, expires_at, negotiated) VALUES ('odd-1', now() + interval '1 hour', 'null'), ('odd-2', now() + interval '1 hour', '[1]')");

    assertThat(store.find("id-1").orElseThrow().negotiated()).isEqualTo(json("{'client': 1}"));
    assertThat(store.find("odd-1").orElseThrow().negotiated()).isEmpty();
    assertThat(store.find("odd-2").orElseThrow().negotiated()).isEmpty();
  }

  @Test
  void nothingOfADeletedSessionStaysInItsRow() {
    store.create("id-1", "alice", json("{'a': 1}"), RULES.lifetime(), json("{'client': 1}"));
    store.create("id-2", "alice", json("{'a': 1}"), RULES.lifetime(), json("{'client': 1}"));
    store.delete("id-1");
    sessions.revocation().rotate("id-2", "id-3");

    assertThat(
            TestDatabase.query(
                "SELECT state || negotiated FROM sessions WHERE id <> 'id-3' AND deleted"))
        .containsExactly("{}", "{}");
  }

  @Test
  void noWriterCanMakeASessionOutliveItsMaximum() {
    store.create("id-1", "alice", EMPTY, Lifetime.of(TIME_TO_LIVE).atMost(Duration.ofMinutes(40)));
    TestDatabase.execute(
        "UPDATE sessions SET expires_at = now() + interval '1 year', not_after = not_after - interval '39 minutes'");
    assertThat(store.find("id-1").orElseThrow().expiresAt())
        .isBefore(Instant.now().plus(Duration.ofMinutes(2)));

    TestDatabase.execute("UPDATE sessions SET not_after = not_after - interval '2 minutes'");

    assertThat(store.find("id-1")).isEmpty();
    assertThat(store.touch("id-1")).isFalse();
  }

  @Test
  void unreachableDatabaseIsReportedAsPassingAndWithoutSecrets() {
    PGSimpleDataSource nowhere = TestDatabase.dataSource();
    nowhere.setPortNumbers(new int[] {1});
    nowhere.setPassword("hush-hush");
    SessionStore unreachable = sessions(nowhere, RULES).store();

    assertThatThrownBy(() -> unreachable.find("id-1"))
        .isInstanceOf(SessionStoreUnavailableException.class)
        .hasMessageStartingWith("Session operation find of session id… failed")
        .message()
        .doesNotContain("hush-hush");
    assertThatThrownBy(unreachable::check).isInstanceOf(SessionStoreUnavailableException.class);
  }

  @Test
  void missingTableIsNotReportedAsPassing() {
    SessionStore wrong = sessions(pool, RULES, Map.of("belfry.session.table", "elsewhere")).store();

    assertThatThrownBy(wrong::check)
        .isInstanceOf(SessionStoreException.class)
        .isNotInstanceOf(SessionStoreUnavailableException.class)
        .hasMessageContaining("elsewhere");
  }

  @Test
  void messageOfAFailureHoldsNeitherStateNorWholeId() {
    TestDatabase.execute(
        "ALTER TABLE sessions ADD CONSTRAINT never CHECK (id <> 'secret-session-id') NOT VALID");
    try {
      assertThatThrownBy(() -> store.create("secret-session-id", "alice", json("{'pin': 4711}")))
          .isInstanceOf(SessionStoreException.class)
          .message()
          .doesNotContain("secret-session-id", "4711");
    } finally {
      TestDatabase.execute("ALTER TABLE sessions DROP CONSTRAINT never");
    }
  }
}
