package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.config.Settings;
import dev.belfry.event.CallerTransaction;
import dev.belfry.postgres.PostgresSessions.Parts;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionRules;
import dev.belfry.session.SessionStoreException;
import dev.belfry.session.StateChange;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * What the database may answer instead of doing what it is asked: each time a typed exception that
 * names the session and tells whether to try again, and nothing half-written.
 */
@Timeout(60)
class SessionFailuresTest {

  private static final String ID = "secret-session-id";
  private static final SessionRules RULES = SessionRules.of(Duration.ofMinutes(30));
  private static final JsonObject STATE = Json.createObjectBuilder().add("pin", 4711).build();

  @BeforeAll
  static void prepare() {
    TestDatabase.clean();
    TestDatabase.prepare(TestDatabase.dataSource());
  }

  @BeforeEach
  void create() {
    sessions(TestDatabase.dataSource()).store().create(ID, "alice", STATE);
  }

  @AfterEach
  void clean() {
    TestDatabase.execute(
        "DROP TRIGGER IF EXISTS failing ON sessions",
        "DROP FUNCTION IF EXISTS fail()",
        "TRUNCATE sessions");
  }

  private static SessionBackend sessions(DataSource dataSource) {
    return PostgresSessions.standAlone(
        Parts.of(
            dataSource,
            Settings.with(Map.of()),
            RULES,
            SessionCodec.PLAIN,
            new OutboxBell(),
            Optional.empty()),
        CallerTransaction.NONE);
  }

  /** Every way to change a session that is there. */
  static List<Named<Consumer<SessionBackend>>> changes() {
    return List.of(
        Named.of("touch", sessions -> sessions.store().touch(ID)),
        Named.of("delete", sessions -> sessions.store().delete(ID)),
        Named.of(
            "mergeState", sessions -> sessions.store().mergeState(ID, JsonValue.EMPTY_JSON_OBJECT)),
        Named.of(
            "apply", sessions -> sessions.states().apply(ID, StateChange.increment("/pin", 1))),
        Named.of("compareAndSet", sessions -> sessions.states().compareAndSet(ID, 0, STATE)),
        Named.of("update", sessions -> sessions.states().update(ID, state -> STATE)),
        Named.of("rotate", sessions -> sessions.revocation().rotate(ID, "another")));
  }

  private static void expectFailure(
      DataSource dataSource, Consumer<SessionBackend> change, String sqlState, boolean retryable) {
    List<String> before = rows();

    SessionStoreException failure =
        catchThrowableOfType(
            SessionStoreException.class, () -> change.accept(sessions(dataSource)));

    assertThat(failure).isNotNull();
    assertThat(failure.isRetryable()).as(failure.getMessage()).isEqualTo(retryable);
    assertThat(failure.sessionId()).contains(ID);
    assertThat(failure).hasMessageContaining(sqlState).hasMessageContaining("secret…");
    assertThat(failure.getMessage()).doesNotContain(ID, "4711");
    assertThat(rows()).isEqualTo(before);
  }

  private static List<String> rows() {
    return TestDatabase.query("SELECT sessions::text FROM sessions ORDER BY id");
  }

  private static PGSimpleDataSource configured(String options) {
    PGSimpleDataSource dataSource = TestDatabase.dataSource();
    dataSource.setOptions(options);
    return dataSource;
  }

  private static void failWith(String sqlState) {
    TestDatabase.execute(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'out of luck' USING ERRCODE = '%s'; END $$"
            .formatted(sqlState),
        "CREATE TRIGGER failing BEFORE INSERT OR UPDATE OR DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION fail()");
  }

  @ParameterizedTest
  @MethodSource("changes")
  void readOnly(Consumer<SessionBackend> change) {
    expectFailure(configured("-c default_transaction_read_only=on"), change, "25006", true);
  }

  @ParameterizedTest
  @MethodSource("changes")
  void diskFull(Consumer<SessionBackend> change) {
    failWith("53100");
    expectFailure(TestDatabase.dataSource(), change, "53100", true);
  }

  @ParameterizedTest
  @MethodSource("changes")
  void serialisationFailure(Consumer<SessionBackend> change) {
    failWith("40001");
    expectFailure(TestDatabase.dataSource(), change, "40001", true);
  }

  @ParameterizedTest
  @MethodSource("changes")
  void brokenConstraint(Consumer<SessionBackend> change) {
    failWith("23514");
    expectFailure(TestDatabase.dataSource(), change, "23514", false);
  }

  @ParameterizedTest
  @MethodSource("changes")
  void rowIsLockedForTooLong(Consumer<SessionBackend> change) throws SQLException {
    whileLocked(
        "SELECT * FROM sessions FOR UPDATE",
        () -> expectFailure(configured("-c lock_timeout=100ms"), change, "55P03", true));
  }

  @ParameterizedTest
  @MethodSource("changes")
  void statementTakesTooLong(Consumer<SessionBackend> change) throws SQLException {
    whileLocked(
        "SELECT * FROM sessions FOR UPDATE",
        () -> expectFailure(configured("-c statement_timeout=200ms"), change, "57014", true));
  }

  @Test
  void readOfALockedTable() throws SQLException {
    try (Connection other = TestDatabase.dataSource().getConnection();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE");

      SessionStoreException failure =
          catchThrowableOfType(
              SessionStoreException.class,
              () -> sessions(configured("-c lock_timeout=100ms")).store().find(ID));

      assertThat(failure.isRetryable()).isTrue();
      assertThat(failure.sessionId()).contains(ID);
      other.rollback();
    }
  }

  private static void whileLocked(String lock, Runnable work) throws SQLException {
    try (Connection other = TestDatabase.dataSource().getConnection();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute(lock);
      work.run();
      other.rollback();
    }
  }

  @Test
  void noConnectionIsFree() throws SQLException {
    HikariConfig config = new HikariConfig();
    config.setDataSource(TestDatabase.dataSource());
    config.setMaximumPoolSize(1);
    config.setConnectionTimeout(250);
    try (HikariDataSource small = new HikariDataSource(config);
        Connection taken = small.getConnection()) {
      SessionStoreException failure =
          catchThrowableOfType(
              SessionStoreException.class, () -> sessions(small).store().touch(ID));

      assertThat(failure.isRetryable()).isTrue();
      assertThat(failure.sessionId()).contains(ID);
      assertThat(taken.isValid(1)).isTrue();
    }
  }
}
