package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.config.BelfrySettings.SchemaMode;
import dev.belfry.session.SessionStore;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.ds.PGSimpleDataSource;

@Timeout(60)
class PostgresSchemaTest {

  private static final SessionTable SESSIONS = new SessionTable("", "sessions");

  /** What the original creates. */
  private static final String ORIGINAL =
      """
      CREATE TABLE sessions (id text PRIMARY KEY, user_id text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL DEFAULT now(), last_active_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL, state jsonb NOT NULL DEFAULT '{}')
      """;

  private static HikariDataSource pool;

  @BeforeAll
  static void openPool() {
    pool = TestDatabase.pool();
  }

  @AfterAll
  static void closePool() {
    pool.close();
  }

  @BeforeEach
  void clean() {
    TestDatabase.clean();
    TestDatabase.execute("DROP SCHEMA IF EXISTS tenant CASCADE", "DROP ROLE IF EXISTS guest");
  }

  private static void prepare(SessionTable table, SchemaMode mode) throws SQLException {
    new PostgresSchema(pool, table, mode).prepare();
  }

  @Test
  void createMakesWhatValidateWants() throws Exception {
    prepare(SESSIONS, SchemaMode.CREATE);

    prepare(SESSIONS, SchemaMode.VALIDATE);
    prepare(SESSIONS, SchemaMode.CREATE);
    assertThat(TestDatabase.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        .containsExactlyInAnyOrder(
            "sessions",
            "belfry_history_sessions",
            "belfry_log",
            "belfry_epoch",
            "belfry_event",
            "belfry_outbox",
            "belfry_idempotency",
            "belfry_replica");
  }

  @Test
  void createOnAllReplicasAtOnceSucceedsOnAll() throws Exception {
    TestDatabase.execute("CREATE TABLE of_the_application (id int)");
    ExecutorService replicas = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Boolean>> starts =
          IntStream.range(0, 8)
              .<Callable<Boolean>>mapToObj(
                  number ->
                      () -> {
                        prepare(SESSIONS, SchemaMode.CREATE);
                        return true;
                      })
              .toList();
      for (Future<Boolean> start : replicas.invokeAll(starts)) {
        assertThat(start.get()).isTrue();
      }
    } finally {
      replicas.shutdownNow();
    }
    prepare(SESSIONS, SchemaMode.VALIDATE);
  }

  @Test
  void createLeavesTheApplicationsOwnFlywayHistoryAlone() throws Exception {
    TestDatabase.execute(
        "CREATE TABLE flyway_schema_history (installed_rank int)",
        "INSERT INTO flyway_schema_history VALUES (1)");

    prepare(SESSIONS, SchemaMode.CREATE);

    assertThat(TestDatabase.query("SELECT count(*) FROM flyway_schema_history"))
        .containsExactly("1");
  }

  @Test
  void tableOfTheOriginalIsAdoptedWithoutLoss() throws Exception {
    TestDatabase.execute(
        ORIGINAL,
        "CREATE INDEX by_expiry ON sessions (expires_at)",
        "INSERT INTO sessions (id, user_id, expires_at, state) SELECT 'dps_' || n, 'owner', now() + interval '1 hour', jsonb_build_object('n', n) FROM generate_series(1, 1000) n");
    List<String> before =
        TestDatabase.query(
            "SELECT (id, user_id, created_at, expires_at, state)::text FROM sessions ORDER BY id");

    prepare(SESSIONS, SchemaMode.CREATE);

    assertThat(
            TestDatabase.query(
                "SELECT (id, user_id, created_at, expires_at, state)::text FROM sessions ORDER BY id"))
        .isEqualTo(before);
    prepare(SESSIONS, SchemaMode.VALIDATE);
    try (SessionStore store = new PostgresSessionStore(pool, SESSIONS, Duration.ofHours(1))) {
      assertThat(store.find("dps_7").orElseThrow().state().getInt("n")).isEqualTo(7);
    }
    TestDatabase.execute(
        "INSERT INTO sessions (id, user_id, expires_at, state) VALUES ('go', '', now(), '{}') ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at");
  }

  @Test
  void tableOfOpenLibertysSessionFeatureIsRefusedAndLeftAsItIs() {
    TestDatabase.execute(
        "CREATE TABLE sessions (id varchar(128) NOT NULL, propid varchar(128) NOT NULL, appname varchar(128) NOT NULL, listenercnt smallint, lastaccess bigint, creationtime bigint, maxinactivetime integer, username varchar(256), small bytea, medium bytea, large bytea)");

    assertThatThrownBy(() -> prepare(SESSIONS, SchemaMode.CREATE))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("Table \"sessions\" exists, but holds something else")
        .hasMessageContaining("appname")
        .hasMessageContaining("column user_id text is missing")
        .hasMessageContaining("belfry.session.table");
    assertThat(TestDatabase.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        .containsExactly("sessions");
  }

  @Test
  void tableThatNeedsMoreThanBelfryKnowsIsRefused() {
    TestDatabase.execute(ORIGINAL, "ALTER TABLE sessions ADD COLUMN tenant text NOT NULL");

    assertThatThrownBy(() -> prepare(SESSIONS, SchemaMode.CREATE))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("column tenant needs a value");
  }

  @Test
  void validateNamesWhatIsMissingOrDifferent() throws Exception {
    assertThatThrownBy(() -> prepare(SESSIONS, SchemaMode.VALIDATE))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("table \"sessions\" is missing");

    TestDatabase.execute(ORIGINAL);
    assertThatThrownBy(() -> prepare(SESSIONS, SchemaMode.VALIDATE))
        .hasMessageContaining("column version bigint is missing")
        .hasMessageContaining("column expires_bucket timestamp with time zone is missing")
        .hasMessageContaining("table \"sessions\" has no index on expires_bucket");

    TestDatabase.execute("ALTER TABLE sessions ALTER COLUMN state TYPE text");
    assertThatThrownBy(() -> prepare(SESSIONS, SchemaMode.VALIDATE))
        .hasMessageContaining("column state is of type text instead of jsonb");
  }

  @Test
  void noneLooksAtNothing() throws Exception {
    prepare(SESSIONS, SchemaMode.NONE);

    assertThat(TestDatabase.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        .isEmpty();
  }

  @Test
  void filesRunByHandMakeWhatValidateWants() throws Exception {
    for (String name : List.of("V1__sessions.sql", "V2__events.sql")) {
      runByHand(name);
    }

    prepare(SESSIONS, SchemaMode.VALIDATE);
  }

  private static void runByHand(String name) throws IOException {
    try (InputStream file = PostgresSchema.class.getResourceAsStream("migration/" + name)) {
      String sql = new String(file.readAllBytes(), StandardCharsets.UTF_8);
      // What psql does with -v sessions=sessions.
      TestDatabase.execute(sql.replace(":\"sessions\"", "\"sessions\""));
    }
  }

  @Test
  void eventTablesAreAddedWhereOnlyTheSessionsWereMadeByHand() throws Exception {
    runByHand("V1__sessions.sql");

    assertThatThrownBy(() -> prepare(SESSIONS, SchemaMode.VALIDATE))
        .hasMessageContaining("table \"belfry_log\" is missing")
        .hasMessageNotContaining("table \"sessions\"");
    prepare(SESSIONS, SchemaMode.CREATE);

    prepare(SESSIONS, SchemaMode.VALIDATE);
    TestDatabase.execute("ALTER TABLE belfry_event ALTER COLUMN bytes TYPE bigint");
    assertThatThrownBy(() -> prepare(SESSIONS, SchemaMode.VALIDATE))
        .hasMessageContaining(
            "column bytes integer of table \"belfry_event\" is missing or different");
  }

  @Test
  void ownSchemaAndTableMayBeNamedAndStandBesideOthers() throws Exception {
    SessionTable tenants = new SessionTable("tenant", "Client_Sessions");

    prepare(SESSIONS, SchemaMode.CREATE);
    prepare(tenants, SchemaMode.CREATE);
    prepare(new SessionTable("", "second"), SchemaMode.CREATE);

    prepare(tenants, SchemaMode.VALIDATE);
    prepare(new SessionTable("", "second"), SchemaMode.VALIDATE);
    try (SessionStore one = new PostgresSessionStore(pool, SESSIONS, Duration.ofHours(1));
        SessionStore other = new PostgresSessionStore(pool, tenants, Duration.ofHours(1))) {
      one.create("id-1", "", JsonValue.EMPTY_JSON_OBJECT);
      assertThat(other.find("id-1")).isEmpty();
      other.create("id-1", "", JsonValue.EMPTY_JSON_OBJECT);
      assertThat(other.delete("id-1")).isTrue();
      assertThat(one.find("id-1")).isPresent();
    }
  }

  @Test
  void missingPrivilegeIsAClearError() {
    TestDatabase.execute("CREATE ROLE guest LOGIN");
    PGSimpleDataSource asGuest = TestDatabase.dataSource();
    asGuest.setUser("guest");

    assertThatThrownBy(() -> new PostgresSchema(asGuest, SESSIONS, SchemaMode.CREATE).prepare())
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("permission denied")
        .hasMessageContaining("belfry.schema.mode = validate");
  }

  @Test
  void validateNamesMissingPrivileges() throws Exception {
    prepare(SESSIONS, SchemaMode.CREATE);
    TestDatabase.execute("CREATE ROLE guest LOGIN", "GRANT SELECT, INSERT ON sessions TO guest");
    PGSimpleDataSource asGuest = TestDatabase.dataSource();
    asGuest.setUser("guest");
    PostgresSchema schema = new PostgresSchema(asGuest, SESSIONS, SchemaMode.VALIDATE);

    TestDatabase.execute("REVOKE USAGE ON SCHEMA public FROM PUBLIC");
    assertThatThrownBy(schema::prepare).isInstanceOf(SchemaException.class);

    TestDatabase.execute("GRANT USAGE ON SCHEMA public TO guest");
    assertThatThrownBy(schema::prepare)
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("the role lacks UPDATE, DELETE on table \"sessions\"");

    TestDatabase.execute("GRANT UPDATE, DELETE ON sessions TO guest");
    assertThatThrownBy(schema::prepare)
        .hasMessageContaining(
            "the role lacks SELECT, INSERT, UPDATE, DELETE on table \"belfry_log\"");
    TestDatabase.execute(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON belfry_log, belfry_epoch, belfry_event, belfry_outbox, belfry_idempotency, belfry_replica TO guest");
    schema.prepare();
    TestDatabase.execute("DROP OWNED BY guest");
  }

  @Test
  void createAfterTheFilesWereRunByHandChangesNothing() throws Exception {
    filesRunByHandMakeWhatValidateWants();
    List<String> before = indexes();

    prepare(SESSIONS, SchemaMode.CREATE);

    assertThat(before).hasSize(3);
    assertThat(indexes()).isEqualTo(before);
  }

  private static List<String> indexes() {
    return TestDatabase.query(
        "SELECT indexname FROM pg_indexes WHERE tablename = 'sessions' ORDER BY 1");
  }

  @Test
  void longestTableNameCanBeCreated() throws Exception {
    SessionTable longest = new SessionTable("", "t".repeat(40));

    prepare(longest, SchemaMode.CREATE);
    prepare(longest, SchemaMode.VALIDATE);
  }

  @Test
  void unreachableDatabaseIsNoSchemaErrorAndCanBeTriedAgain() throws Exception {
    PGSimpleDataSource dataSource = TestDatabase.dataSource();
    dataSource.setPortNumbers(new int[] {1});
    PostgresSchema schema = new PostgresSchema(dataSource, SESSIONS, SchemaMode.CREATE);

    assertThatThrownBy(schema::prepare).isInstanceOf(SQLException.class);

    dataSource.setPortNumbers(new int[] {TestDatabase.port()});
    schema.prepare();
    prepare(SESSIONS, SchemaMode.VALIDATE);
  }
}
