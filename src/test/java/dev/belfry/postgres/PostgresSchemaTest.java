package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.config.BelfrySettings.SchemaMode;
import dev.belfry.session.SessionStore;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.ds.PGSimpleDataSource;

@Timeout(60)
class PostgresSchemaTest {

  private static final SessionTable SESSIONS = new SessionTable("", "sessions");

  /** The migrations. */
  private static final List<SqlFile> ALL =
      List.of(SqlFile.SESSIONS, SqlFile.EVENTS, SqlFile.LIFETIMES, SqlFile.NEGOTIATED);

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
    prepare(table, mode, Set.of());
  }

  private static void prepare(SessionTable table, SchemaMode mode, Set<String> attributes)
      throws SQLException {
    new PostgresSchema(pool, table, mode, attributes).prepare();
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
    SessionStore store = TestSessions.of(pool, SESSIONS, TestSessions.RULES).store();
    assertThat(store.find("dps_7").orElseThrow().state().getInt("n")).isEqualTo(7);
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
        .hasMessageContaining("column time_to_live interval is missing")
        .hasMessageContaining("column not_after timestamp with time zone is missing")
        .hasMessageContaining("column ended_at timestamp with time zone is missing")
        .hasMessageContaining("column deleted boolean is missing")
        .hasMessageContaining("column negotiated jsonb is missing")
        .hasMessageContaining("table \"sessions\" has no index on user_id")
        .hasMessageContaining("table \"sessions\" has no index on expires_bucket")
        .hasMessageContaining("table \"sessions\" has no index on ended_at");

    TestDatabase.execute("ALTER TABLE sessions ALTER COLUMN state TYPE text");
    assertThatThrownBy(() -> prepare(SESSIONS, SchemaMode.VALIDATE))
        .hasMessageContaining("column state is of type text instead of jsonb");
  }

  @Test
  void validateTellsIndexesOfSomeRowsFromThoseOfAll() throws Exception {
    prepare(SESSIONS, SchemaMode.CREATE);
    TestDatabase.execute(
        "DROP INDEX sessions_expires_bucket_idx, sessions_ended_at_idx",
        "CREATE INDEX ON sessions (expires_bucket)",
        "CREATE INDEX ON sessions (ended_at) WHERE deleted");

    assertThatThrownBy(() -> prepare(SESSIONS, SchemaMode.VALIDATE))
        .hasMessageContaining("has no index on expires_bucket WHERE (ended_at IS NULL)")
        .hasMessageContaining("has no index on ended_at WHERE (ended_at IS NOT NULL)");
  }

  @Test
  void tablesOfTheVersionBeforeAreUpgradedWithoutLoss() throws Exception {
    migrate("2");
    TestDatabase.execute(
        "INSERT INTO sessions (id, user_id, expires_at, state, version) SELECT 'id-' || n, 'owner', now() + interval '1 hour', jsonb_build_object('n', n), n FROM generate_series(1, 1000) n");
    String select =
        "SELECT (id, user_id, created_at, last_active_at, expires_at, state, version)::text FROM sessions ORDER BY id";
    List<String> before = TestDatabase.query(select);

    prepare(SESSIONS, SchemaMode.CREATE);

    prepare(SESSIONS, SchemaMode.VALIDATE);
    assertThat(TestDatabase.query(select)).isEqualTo(before);
    assertThat(history()).containsExactly("1", "2", "3", "4");
    SessionStore store = TestSessions.of(pool, SESSIONS, TestSessions.RULES).store();
    assertThat(store.touch("id-7")).isTrue();
    assertThat(store.delete("id-7")).isTrue();
    assertThat(store.find("id-8").orElseThrow().version()).isEqualTo(8);
  }

  @Test
  void tableOfTheVersionBeforeIsNotRewritten() throws Exception {
    migrate("3");
    TestDatabase.execute(
        "INSERT INTO sessions (id, expires_at) SELECT 'id-' || n, now() + interval '1 hour' FROM generate_series(1, 1000) n");
    String file = "SELECT pg_relation_filenode('sessions')";
    List<String> before = TestDatabase.query(file);

    prepare(SESSIONS, SchemaMode.CREATE);

    assertThat(TestDatabase.query(file)).isEqualTo(before);
    assertThat(TestDatabase.query("SELECT DISTINCT negotiated FROM sessions"))
        .containsExactly("{}");
    assertThat(history()).containsExactly("1", "2", "3", "4");
    prepare(SESSIONS, SchemaMode.VALIDATE);
  }

  private static void migrate(String target) {
    Flyway.configure()
        .dataSource(pool)
        .locations("classpath:dev/belfry/postgres/migration")
        .table("belfry_history_sessions")
        .placeholderPrefix(":\"")
        .placeholderSuffix("\"")
        .placeholders(Map.of("sessions", "\"sessions\""))
        .target(target)
        .load()
        .migrate();
  }

  /** The versions that the history knows, the baseline too. */
  private static List<String> history() {
    return TestDatabase.query(
        "SELECT version FROM belfry_history_sessions ORDER BY installed_rank");
  }

  static Stream<Arguments> filesRunByHand() {
    List<SqlFile> three = List.of(SqlFile.SESSIONS, SqlFile.EVENTS, SqlFile.LIFETIMES);
    return Stream.of(
        Arguments.of(List.of(), List.of("1", "2", "3", "4")),
        Arguments.of(List.of(SqlFile.SESSIONS), List.of("1", "2", "3", "4")),
        Arguments.of(List.of(SqlFile.EVENTS), List.of("0", "1", "2", "3", "4")),
        Arguments.of(List.of(SqlFile.SESSIONS, SqlFile.EVENTS), List.of("2", "3", "4")),
        Arguments.of(List.of(SqlFile.SESSIONS, SqlFile.LIFETIMES), List.of("1", "2", "3", "4")),
        Arguments.of(
            List.of(SqlFile.SESSIONS, SqlFile.EVENTS, SqlFile.NEGOTIATED), List.of("2", "3", "4")),
        Arguments.of(three, List.of("3", "4")),
        Arguments.of(and(three, SqlFile.LIFETIMES), List.of("3", "4")),
        Arguments.of(and(three, SqlFile.NEGOTIATED), List.of("4")),
        Arguments.of(and(three, SqlFile.NEGOTIATED, SqlFile.NEGOTIATED), List.of("4")));
  }

  private static List<SqlFile> and(List<SqlFile> files, SqlFile... others) {
    return Stream.concat(files.stream(), Stream.of(others)).toList();
  }

  @ParameterizedTest
  @MethodSource("filesRunByHand")
  void createRunsWhatWasNotRunByHand(List<SqlFile> files, List<String> history) throws Exception {
    for (SqlFile file : files) {
      file.run();
    }

    prepare(SESSIONS, SchemaMode.CREATE);

    prepare(SESSIONS, SchemaMode.VALIDATE);
    assertThat(history()).isEqualTo(history);
    assertThat(indexes())
        .containsExactly(
            "sessions_ended_at_idx",
            "sessions_expires_bucket_idx",
            "sessions_pkey",
            "sessions_user_id_idx");
  }

  @ParameterizedTest
  @CsvSource({
    "public, sessions",
    "public, Client_Sessions",
    "public, user",
    "tenant, sessions",
    "tenant, Sitzungen_für_alle",
    "Tenant_2, Sessions"
  })
  void filesRunByHandTakeAnyNames(String schema, String name) throws Exception {
    SessionTable table = new SessionTable(schema, name);
    TestDatabase.execute(
        "DROP SCHEMA IF EXISTS \"Tenant_2\" CASCADE",
        "CREATE SCHEMA IF NOT EXISTS " + SessionTable.quote(schema));

    for (SqlFile file : ALL) {
      file.run(schema, Map.of("sessions", name));
    }

    prepare(table, SchemaMode.VALIDATE);
    SqlFile.LIFETIMES.run(schema, Map.of("sessions", name));
    SqlFile.NEGOTIATED.run(schema, Map.of("sessions", name));
    prepare(table, SchemaMode.VALIDATE);
    TestDatabase.execute("DROP SCHEMA IF EXISTS \"Tenant_2\" CASCADE");
  }

  @Test
  void noneLooksAtNothing() throws Exception {
    prepare(SESSIONS, SchemaMode.NONE);

    assertThat(TestDatabase.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        .isEmpty();
  }

  @Test
  void filesRunByHandMakeWhatValidateWants() throws Exception {
    for (SqlFile file : ALL) {
      file.run();
    }

    prepare(SESSIONS, SchemaMode.VALIDATE);
  }

  @Test
  void eventTablesAreAddedWhereOnlyTheSessionsWereMadeByHand() throws Exception {
    SqlFile.SESSIONS.run();

    assertThatThrownBy(() -> prepare(SESSIONS, SchemaMode.VALIDATE))
        .hasMessageContaining("table \"belfry_log\" is missing")
        .hasMessageNotContaining("table \"sessions\" is missing");
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
  }

  @Test
  void missingPrivilegeIsAClearError() {
    TestDatabase.execute("CREATE ROLE guest LOGIN");
    PGSimpleDataSource asGuest = TestDatabase.dataSource();
    asGuest.setUser("guest");

    assertThatThrownBy(
            () -> new PostgresSchema(asGuest, SESSIONS, SchemaMode.CREATE, Set.of()).prepare())
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
    PostgresSchema schema = new PostgresSchema(asGuest, SESSIONS, SchemaMode.VALIDATE, Set.of());

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

    assertThat(before).hasSize(4);
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
    PostgresSchema schema = new PostgresSchema(dataSource, SESSIONS, SchemaMode.CREATE, Set.of());

    assertThatThrownBy(schema::prepare).isInstanceOf(SQLException.class);

    dataSource.setPortNumbers(new int[] {TestDatabase.port()});
    schema.prepare();
    prepare(SESSIONS, SchemaMode.VALIDATE);
  }
}
