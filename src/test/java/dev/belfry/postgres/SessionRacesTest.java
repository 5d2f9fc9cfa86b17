package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.config.Settings;
import dev.belfry.event.CallerTransaction;
import dev.belfry.event.SettableTransaction;
import dev.belfry.postgres.PostgresSessions.Parts;
import dev.belfry.session.Session;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionConflictException;
import dev.belfry.session.SessionQuery;
import dev.belfry.session.SessionRules;
import dev.belfry.session.SessionRules.OnExcess;
import dev.belfry.session.SessionRules.UserLimit;
import dev.belfry.session.StateTooLargeException;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Operations that meet: one has to wait for a row, or cannot see yet what the other has done. */
@Timeout(60)
class SessionRacesTest {

  private static final SessionRules RULES = SessionRules.of(Duration.ofMinutes(30));
  private static final JsonObject EMPTY = JsonValue.EMPTY_JSON_OBJECT;

  private static HikariDataSource pool;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final SettableTransaction transaction = new SettableTransaction();
  private final SessionBackend sessions = sessions(pool, RULES);

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
  void clean() {
    TestDatabase.execute("TRUNCATE sessions, belfry_outbox");
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  private static Parts parts(DataSource dataSource, SessionRules rules) {
    return Parts.of(
        dataSource,
        Settings.with(Map.of()),
        rules,
        SessionCodec.PLAIN,
        new OutboxBell(),
        Optional.empty());
  }

  private static SessionBackend sessions(DataSource dataSource, SessionRules rules) {
    return PostgresSessions.standAlone(parts(dataSource, rules), CallerTransaction.NONE);
  }

  private SessionBackend joining(SessionRules rules) {
    return PostgresSessions.joining(
        parts(new TransactionalDataSource(pool, transaction), rules), transaction);
  }

  private static void awaitSomebodyWhoWaits() {
    await()
        .atMost(10, TimeUnit.SECONDS)
        .until(
            () ->
                !TestDatabase.query(
                        "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                    .isEmpty());
  }

  @Test
  void touchThatWaitedUntilAfterTheExpiryBringsNothingBack() throws Exception {
    sessions.store().create("id-1", "alice", EMPTY);
    try (Connection other = pool.getConnection();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("UPDATE sessions SET expires_at = clock_timestamp() + interval '0.5 s'");
      Future<Boolean> touch = threads.submit(() -> sessions.store().touch("id-1"));
      awaitSomebodyWhoWaits();
      statement.execute("SELECT pg_sleep_until(expires_at) FROM sessions");
      other.commit();
      other.setAutoCommit(true);

      assertThat(touch.get()).isFalse();
    }
    assertThat(sessions.store().find("id-1")).isEmpty();
  }

  @Test
  void transactionThatBeganBeforeTheExpiryBringsNothingBack() {
    sessions.store().create("id-1", "alice", EMPTY);
    SessionBackend joining = joining(RULES);
    transaction.begin();
    assertThat(joining.store().find("id-1")).isPresent();
    TestDatabase.execute("UPDATE sessions SET expires_at = clock_timestamp()");

    assertThat(joining.store().touch("id-1")).isFalse();
    assertThat(joining.revocation().rotate("id-1", "id-2")).isEmpty();
    transaction.commit();

    assertThat(sessions.queries().count(SessionQuery.all())).isZero();
  }

  /** Revives a session of alice's, and waits while somebody does something to its row. */
  private Optional<Session> reviveWhile(SessionBackend who, String... statements) throws Exception {
    TestDatabase.execute(
        "INSERT INTO sessions (id, user_id, expires_at) VALUES ('id-1', 'alice', clock_timestamp())");
    try (Connection other = pool.getConnection();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("SELECT FROM sessions FOR UPDATE");
      Future<Optional<Session>> revived = threads.submit(() -> who.store().revive("id-1", "alice"));
      awaitSomebodyWhoWaits();
      for (String sql : statements) {
        statement.execute(sql);
      }
      other.commit();
      other.setAutoCommit(true);
      return revived.get();
    }
  }

  static List<SessionRules> limits() {
    return List.of(RULES, RULES.limited(new UserLimit(1, OnExcess.EVICT_OLDEST)));
  }

  @ParameterizedTest
  @MethodSource("limits")
  void revivalThatWaitedForADeletionBringsNothingBack(SessionRules rules) throws Exception {
    assertThat(reviveWhile(sessions(pool, rules), "UPDATE sessions SET deleted = true")).isEmpty();

    assertThat(sessions.queries().count(SessionQuery.all())).isZero();
    assertThat(sessions.store().revive("id-1", "alice")).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("limits")
  void revivalThatWaitedForAnotherFindsWhatCameOfIt(SessionRules rules) throws Exception {
    Optional<Session> found =
        reviveWhile(
            sessions(pool, rules),
            "UPDATE sessions SET expires_at = now() + interval '1 hour', state = '{\"n\": 1}', version = 7");

    assertThat(found).map(Session::version).contains(7L);
    assertThat(sessions.store().find("id-1")).isEqualTo(found);
    assertThat(TestDatabase.query("SELECT count(*) FROM belfry_outbox")).containsExactly("0");
  }

  @ParameterizedTest
  @MethodSource("limits")
  void revivalThatWaitedUntilAfterTheWindowBringsNothingBack(SessionRules rules) throws Exception {
    Optional<Session> revived =
        reviveWhile(
            sessions(pool, rules),
            "UPDATE sessions SET expires_at = clock_timestamp() - interval '10 minutes'");

    assertThat(revived).isEmpty();
    assertThat(sessions.queries().count(SessionQuery.all())).isZero();
  }

  @Test
  void revivalThatWaitedGivesTheWholeLifetime() throws Exception {
    SessionBackend brief = sessions(pool, SessionRules.of(Duration.ofMillis(500)));

    reviveWhile(brief, "SELECT pg_sleep(0.6)");

    assertThat(
            TestDatabase.query(
                "SELECT expires_at - last_active_at >= interval '0.5 s' FROM sessions"))
        .containsExactly("t");
    assertThat(
            TestDatabase.query(
                "SELECT last_active_at >= created_at + interval '0.6 s' FROM sessions"))
        .containsExactly("t");
  }

  @Test
  void revivalAndDeletionOfAllLeaveNothingHalfDone() throws Exception {
    SessionBackend limited = sessions(pool, RULES.limited(new UserLimit(1, OnExcess.EVICT_OLDEST)));
    for (int round = 0; round < 50; round++) {
      TestDatabase.execute(
          "TRUNCATE sessions",
          "INSERT INTO sessions (id, user_id, expires_at) VALUES ('z', 'alice', now()), ('a', 'alice', now() + interval '1 hour')");
      Future<Optional<Session>> revived =
          threads.submit(() -> limited.store().revive("z", "alice"));
      Future<Integer> deleted = threads.submit(() -> limited.revocation().deleteAll("alice"));

      assertThat(deleted.get()).isOne();
      long live = sessions.queries().count(SessionQuery.ofUser("alice"));
      assertThat(live).isLessThanOrEqualTo(1);
      if (revived.get().isEmpty()) {
        assertThat(sessions.queries().count(SessionQuery.ofUser("alice"))).isZero();
      }
    }
  }

  private <T> T whileRotating(SessionRules rules, Callable<T> other) throws Exception {
    sessions.store().create("old", "alice", EMPTY);
    SessionBackend joining = joining(rules);
    transaction.begin();
    assertThat(joining.revocation().rotate("old", "new")).isPresent();
    Future<T> waiting = threads.submit(other);
    awaitSomebodyWhoWaits();
    transaction.commit();
    return waiting.get();
  }

  @Test
  void sessionThatIsJustRotatedIsDeletedWithTheOthersOfItsUser() throws Exception {
    assertThat(whileRotating(RULES, () -> sessions.revocation().deleteAll("alice"))).isOne();

    assertThat(sessions.queries().count(SessionQuery.all())).isZero();
  }

  @Test
  void sessionThatIsJustRotatedCountsForTheLimit() throws Exception {
    SessionRules rules = RULES.limited(new UserLimit(1, OnExcess.EVICT_OLDEST));

    whileRotating(rules, () -> sessions(pool, rules).store().create("another", "alice", EMPTY));

    assertThat(sessions.queries().count(SessionQuery.ofUser("alice"))).isOne();
  }

  @Test
  void creationUnderALimitAndDeletionOfAllDoNotBlockEachOther() throws Exception {
    SessionRules rules = RULES.limited(new UserLimit(1, OnExcess.EVICT_OLDEST));
    SessionBackend limited = sessions(pool, rules);
    for (int round = 0; round < 50; round++) {
      TestDatabase.execute(
          "TRUNCATE sessions",
          "INSERT INTO sessions (id, user_id, expires_at) VALUES ('z', 'alice', now()), ('a', 'alice', now() + interval '1 hour')");
      Future<?> created = threads.submit(() -> limited.store().create("z", "alice", EMPTY));
      Future<?> deleted = threads.submit(() -> limited.revocation().deleteAll("alice"));
      deleted.get();
      try {
        created.get();
      } catch (ExecutionException taken) {
        assertThat(taken).hasMessageContaining("exists already"); // Deleted before it was replaced.
      }
    }
  }

  @Test
  void rowThatSomebodyHasLockedHoldsUpNobodyElse() throws Exception {
    sessions.store().create("hot", "alice", EMPTY);
    sessions.store().create("free", "bob", EMPTY);
    List<Future<Boolean>> waiting = new ArrayList<>();
    try (Connection other = pool.getConnection();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("SELECT FROM sessions WHERE id = 'hot' FOR UPDATE");
      for (int number = 0; number < 6; number++) {
        JsonObject change = Json.createObjectBuilder().add("n" + number, 1).build();
        waiting.add(threads.submit(() -> sessions.store().mergeState("hot", change)));
      }
      awaitSomebodyWhoWaits();

      for (int number = 0; number < 10; number++) {
        assertThat(sessions.store().mergeState("free", EMPTY)).isTrue();
      }
      assertThat(waiting).noneMatch(Future::isDone);
      other.rollback();
      other.setAutoCommit(true);
    }
    for (Future<Boolean> merge : waiting) {
      assertThat(merge.get()).isTrue();
    }
    assertThat(sessions.store().find("hot").orElseThrow().state()).hasSize(6);
  }

  @Test
  void idThatSomebodyIsJustTakingHoldsUpNobodyElse() throws Exception {
    List<Future<Session>> waiting = new ArrayList<>();
    try (Connection other = pool.getConnection();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute(
          "INSERT INTO sessions (id, user_id, expires_at) VALUES ('hot', 'bob', now() + interval '1 hour')");
      for (int number = 0; number < 6; number++) {
        waiting.add(threads.submit(() -> sessions.store().create("hot", "alice", EMPTY)));
      }
      awaitSomebodyWhoWaits();

      for (int number = 0; number < 10; number++) {
        assertThat(sessions.store().create("free-" + number, "alice", EMPTY).userId())
            .isEqualTo("alice");
      }
      assertThat(waiting).noneMatch(Future::isDone);
      other.commit();
      other.setAutoCommit(true);
    }
    for (Future<Session> creation : waiting) {
      assertThat(creation)
          .failsWithin(Duration.ofSeconds(10))
          .withThrowableThat()
          .withCauseInstanceOf(SessionConflictException.class);
    }
    assertThat(sessions.store().find("hot").orElseThrow().userId()).isEqualTo("bob");
  }

  @Test
  void thoseWhoCreateAtTheSameTimeShareStatementsAndEachIdIsGivenOnce() throws Exception {
    int creators = 48;
    List<Future<List<Session>>> creations = new ArrayList<>();
    for (int creator = 0; creator < creators; creator++) {
      String user = "user-" + creator;
      creations.add(
          threads.submit(
              () -> {
                List<Session> created = new ArrayList<>();
                for (int number = 0; number < 40; number++) {
                  JsonObject state = Json.createObjectBuilder().add("by", user).build();
                  try {
                    created.add(sessions.store().create("id-" + number, user, state));
                  } catch (SessionConflictException taken) {
                    created.add(sessions.store().create(user + "-" + number, user, state));
                  }
                }
                return created;
              }));
    }

    List<Session> created = new ArrayList<>();
    for (Future<List<Session>> creation : creations) {
      created.addAll(creation.get());
    }
    assertThat(created)
        .extracting(Session::id)
        .doesNotHaveDuplicates()
        .hasSize(creators * 40)
        .contains("id-0", "id-39");
    for (Session session : created) {
      assertThat(session.state().getString("by")).isEqualTo(session.userId());
      assertThat(sessions.store().find(session.id())).contains(session);
    }
    assertThat(TestDatabase.query("SELECT count(DISTINCT xmin::text) FROM sessions"))
        .singleElement()
        .satisfies(
            statements -> assertThat(Integer.parseInt(statements)).isLessThan(created.size()));
  }

  @Test
  void limitOfAStateIsTheSameHoweverItIsChanged() {
    SessionBackend small = sessions(pool, RULES.withMaxStateBytes(2_000));
    JsonArrayBuilder ones = Json.createArrayBuilder();
    for (int number = 0; number < 950; number++) {
      ones.add(1);
    }
    small.store().create("id-1", "alice", Json.createObjectBuilder().add("a", ones).build());

    assertThat(small.store().mergeState("id-1", EMPTY)).isTrue();
    JsonObject more = Json.createObjectBuilder().add("b", "x".repeat(100)).build();
    assertThatThrownBy(() -> small.store().mergeState("id-1", more))
        .isInstanceOf(StateTooLargeException.class);
  }

  @Test
  void numbersCountAsTheyAreStored() {
    SessionBackend small = sessions(pool, RULES.withMaxStateBytes(2_000));
    JsonObject large =
        Json.createObjectBuilder()
            .add("a", new BigDecimal("1E+900"))
            .add("b", new BigDecimal("1E+900"))
            .add("c", new BigDecimal("1E-900"))
            .build();

    assertThatThrownBy(() -> small.store().create("id-1", "alice", large))
        .isInstanceOf(StateTooLargeException.class);
  }

  @Test
  void stricterIsolationOfTheDataSourceChangesNothing() throws Exception {
    try (HikariDataSource strict = new HikariDataSource()) {
      strict.setDataSource(TestDatabase.dataSource());
      strict.setTransactionIsolation("TRANSACTION_REPEATABLE_READ");
      strict.setMaximumPoolSize(20);
      SessionBackend repeatable = sessions(strict, RULES);
      repeatable.store().create("id-1", "alice", EMPTY);
      List<Future<?>> changes = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        JsonObject change = Json.createObjectBuilder().add("n" + thread, 1).build();
        changes.add(
            threads.submit(
                () -> {
                  for (int round = 0; round < 25; round++) {
                    repeatable.store().mergeState("id-1", change);
                    repeatable.store().touch("id-1");
                  }
                }));
      }
      for (Future<?> change : changes) {
        change.get();
      }
      assertThat(repeatable.store().find("id-1").orElseThrow().version()).isEqualTo(100);
    }
  }
}
