package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.event.SettableTransaction;
import dev.belfry.postgres.PostgresBroadcaster.DataSources;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionLimitException;
import dev.belfry.session.SessionRules;
import dev.belfry.session.SessionRules.OnExcess;
import dev.belfry.session.SessionRules.UserLimit;
import dev.belfry.session.StateChange;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Operations within a transaction of the caller's: on their own, or part of it. */
@Timeout(60)
class SessionTransactionsTest {

  private static final SessionRules RULES =
      SessionRules.of(Duration.ofMinutes(30))
          .limited(new SessionRules.UserLimit(2, SessionRules.OnExcess.EVICT_OLDEST));

  private static final JsonObject EMPTY = JsonValue.EMPTY_JSON_OBJECT;

  private static HikariDataSource pool;

  private final SettableTransaction transaction = new SettableTransaction();

  private SessionReplica replica;
  private SessionBackend standAlone;
  private SessionBackend joining;

  private TransactionalDataSource enlisting;

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
  void open() {
    TestDatabase.execute("TRUNCATE sessions");
    enlisting = new TransactionalDataSource(pool, transaction);
    replica =
        new SessionReplica(
            new DataSources(enlisting, pool), transaction, SessionCodec.PLAIN, Map.of());
    standAlone = replica.standAlone(RULES);
    joining = replica.joining(RULES);
    standAlone.store().create("there", "bob", EMPTY);
    TestDatabase.execute(
        "INSERT INTO sessions (id, user_id, expires_at) VALUES ('over', 'carol', now())");
  }

  @AfterEach
  void close() {
    replica.close();
  }

  /** Every way to change something. Each changes what the rows look like. */
  static List<Named<Consumer<SessionBackend>>> changes() {
    return List.of(
        Named.of("create", sessions -> sessions.store().create("new", "alice", EMPTY)),
        Named.of("create beside another", sessions -> sessions.store().create("new", "bob", EMPTY)),
        Named.of("delete", sessions -> sessions.store().delete("there")),
        Named.of("mergeState", sessions -> sessions.store().mergeState("there", some())),
        Named.of(
            "apply", sessions -> sessions.states().apply("there", StateChange.increment("/n", 1))),
        Named.of("update", sessions -> sessions.states().update("there", state -> some())),
        Named.of("compareAndSet", sessions -> sessions.states().compareAndSet("there", 0, some())),
        Named.of("rotate", sessions -> sessions.revocation().rotate("there", "elsewhere")),
        Named.of("revive", sessions -> sessions.store().revive("over", "carol")),
        Named.of("deleteAll", sessions -> sessions.revocation().deleteAll("bob")));
  }

  private static JsonObject some() {
    return Json.createObjectBuilder().add("some", 1).build();
  }

  private static List<String> rows() {
    return TestDatabase.query(
        "SELECT format('%s %s %s %s %s', id, version, deleted, expires_at > now(), state) FROM sessions ORDER BY id");
  }

  @Test
  void cleanupLeavesTheCallersTransactionAsDurableAsItIs() throws SQLException {
    transaction.begin();
    assertThat(joining.store().deleteExpired()).isOne();
    try (Connection connection = enlisting.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW synchronous_commit")) {
      assertThat(row.next() ? row.getString(1) : "").isEqualTo("on");
    }
    transaction.rollBack();

    assertThat(standAlone.store().deleteExpired()).as("undone").isOne();
  }

  @ParameterizedTest
  @MethodSource("changes")
  void whatStandsAloneIsDoneWhenItReturnsAndStays(Consumer<SessionBackend> change) {
    List<String> before = rows();
    transaction.begin();
    change.accept(standAlone);

    List<String> after = rows();
    assertThat(transaction.isActive()).isTrue();
    transaction.rollBack();

    assertThat(after).isNotEqualTo(before);
    assertThat(rows()).isEqualTo(after);
  }

  @ParameterizedTest
  @MethodSource("changes")
  void whatJoinsEndsWithTheTransaction(Consumer<SessionBackend> change) {
    List<String> before = rows();
    transaction.begin();
    change.accept(joining);
    assertThat(rows()).isEqualTo(before);
    transaction.rollBack();
    assertThat(rows()).isEqualTo(before);

    transaction.begin();
    change.accept(joining);
    transaction.commit();
    assertThat(rows()).isNotEqualTo(before);
  }

  @ParameterizedTest
  @MethodSource("changes")
  void whatJoinsStandsAloneWithoutATransaction(Consumer<SessionBackend> change) {
    List<String> before = rows();

    change.accept(joining);

    assertThat(rows()).isNotEqualTo(before);
  }

  @Test
  void revivalThatIsRefusedWritesNothingIntoTheTransaction() {
    standAlone.store().create("live", "carol", EMPTY);
    List<String> before = rows();
    SessionBackend limited = replica.joining(RULES.limited(new UserLimit(1, OnExcess.REFUSE)));
    transaction.begin();

    assertThatThrownBy(() -> limited.store().revive("over", "carol"))
        .isInstanceOf(SessionLimitException.class);
    transaction.commit();

    assertThat(rows()).isEqualTo(before);
  }

  @Test
  void whatJoinsSeesItsOwnChanges() {
    transaction.begin();
    joining.store().mergeState("there", some());

    assertThat(joining.store().find("there").orElseThrow().state()).isEqualTo(some());
    assertThat(standAlone.store().find("there").orElseThrow().state()).isEmpty();
    transaction.rollBack();
  }
}
