package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.config.BelfrySettings.SchemaMode;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AttributeIndexesTest {

  private static final SessionTable SESSIONS = new SessionTable("", "sessions");

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
  void prepareWithoutAttributes() throws SQLException {
    TestDatabase.clean();
    TestDatabase.execute("DROP SCHEMA IF EXISTS tenant CASCADE");
    prepare(SchemaMode.CREATE);
  }

  private static void prepare(SchemaMode mode, String... attributes) throws SQLException {
    new PostgresSchema(pool, SESSIONS, mode, Set.of(attributes)).prepare();
  }

  private static List<String> attributeIndexes() {
    return TestDatabase.query(
        "SELECT indexdef FROM pg_indexes WHERE indexdef LIKE '%(state%' ORDER BY 1");
  }

  @Test
  void createMakesEachOnce() throws Exception {
    prepare(SchemaMode.CREATE, "/cart/id", "/a.b-c/null/0");
    prepare(SchemaMode.CREATE, "/cart/id", "/a.b-c/null/0");

    prepare(SchemaMode.VALIDATE, "/cart/id", "/a.b-c/null/0");
    assertThat(attributeIndexes())
        .hasSize(2)
        .allMatch(definition -> definition.contains(" USING hash "))
        .anyMatch(definition -> definition.endsWith("((state #> '{cart,id}'::text[])))"));
  }

  @Test
  void createAddsWhatIsDeclaredLaterAndLeavesWhatIsDeclaredNoMore() throws Exception {
    prepare(SchemaMode.CREATE, "/first");

    prepare(SchemaMode.CREATE, "/second");

    assertThat(attributeIndexes()).hasSize(2);
  }

  @Test
  void createOnAllReplicasAtOnceMakesOne() throws Exception {
    ExecutorService replicas = Executors.newFixedThreadPool(8);
    try {
      Callable<Boolean> start =
          () -> {
            prepare(SchemaMode.CREATE, "/cart/id");
            return true;
          };
      for (Future<Boolean> started :
          replicas.invokeAll(Stream.generate(() -> start).limit(8).toList())) {
        assertThat(started.get()).isTrue();
      }
    } finally {
      replicas.shutdownNow();
    }

    assertThat(attributeIndexes()).hasSize(1);
  }

  @Test
  void createWorksWhereTheDefaultIsolationIsSerializable() throws Exception {
    TestDatabase.clean();
    TestDatabase.execute("ALTER ROLE postgres SET default_transaction_isolation = serializable");
    try {
      new PostgresSchema(TestDatabase.dataSource(), SESSIONS, SchemaMode.CREATE, Set.of("/cart/id"))
          .prepare();
    } finally {
      TestDatabase.execute("ALTER ROLE postgres RESET default_transaction_isolation");
    }

    assertThat(attributeIndexes()).hasSize(1);
  }

  @Test
  void indexMadeByHandIsAcceptedWhateverItsName() throws Exception {
    TestDatabase.execute(
        "CREATE INDEX CONCURRENTLY mine ON sessions USING hash ((state #> '{cart,id}'))");

    prepare(SchemaMode.CREATE, "/cart/id");

    prepare(SchemaMode.VALIDATE, "/cart/id");
    assertThat(attributeIndexes()).hasSize(1);
  }

  @Test
  void validateSaysHowToMakeWhatIsMissing() throws Exception {
    assertThatThrownBy(() -> prepare(SchemaMode.VALIDATE, "/cart/id"))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("table \"sessions\" has no index for the attribute /cart/id (CREATE");

    TestDatabase.execute(new IndexedAttribute("/cart/id").createIndex(SESSIONS));
    prepare(SchemaMode.VALIDATE, "/cart/id");
  }

  @Test
  void indexesThatDoNotServeCountForNothing() throws Exception {
    TestDatabase.execute(
        "CREATE INDEX ON sessions USING gin ((state #> '{cart,id}'))",
        "CREATE INDEX ON sessions USING hash ((state #> '{cart,id}')) WHERE deleted",
        "CREATE INDEX ON sessions ((state -> 'cart'))");

    assertThatThrownBy(() -> prepare(SchemaMode.VALIDATE, "/cart/id"))
        .isInstanceOf(SchemaException.class);
    assertThatThrownBy(() -> prepare(SchemaMode.VALIDATE, "/cart"))
        .isInstanceOf(SchemaException.class);
  }

  @Test
  void whatSomebodysFailedConcurrentlyLeftBehindIsMadeAgain() throws Exception {
    TestDatabase.execute(
        new IndexedAttribute("/cart/id").createIndex(SESSIONS),
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = '%s'::regclass"
            .formatted(new IndexedAttribute("/cart/id").indexName(SESSIONS)));
    assertThatThrownBy(() -> prepare(SchemaMode.VALIDATE, "/cart/id"))
        .isInstanceOf(SchemaException.class);

    prepare(SchemaMode.CREATE, "/cart/id");

    prepare(SchemaMode.VALIDATE, "/cart/id");
    assertThat(attributeIndexes()).hasSize(1);
  }

  @Test
  void tableThatIsInUseForLongIsTriedAgainLater() throws Exception {
    PostgresSchema schema =
        new PostgresSchema(pool, SESSIONS, SchemaMode.CREATE, Set.of("/cart/id"));
    try (Connection writer = TestDatabase.dataSource().getConnection();
        Statement statement = writer.createStatement()) {
      writer.setAutoCommit(false);
      statement.execute("LOCK TABLE sessions IN ROW EXCLUSIVE MODE");

      assertThatThrownBy(schema::prepare).isInstanceOf(SQLException.class);
      writer.rollback();
    }

    schema.prepare();
    assertThat(attributeIndexes()).hasSize(1);
  }

  @Test
  void longestNamesInAnySchemaFit() throws Exception {
    SessionTable longest = new SessionTable("tenant", "Ü".repeat(20));
    String pointer = "/" + "x".repeat(98);

    new PostgresSchema(pool, longest, SchemaMode.CREATE, Set.of(pointer)).prepare();

    new PostgresSchema(pool, longest, SchemaMode.VALIDATE, Set.of(pointer)).prepare();
  }

  @Test
  void valueOfAnySizeCanBeStoredAndFound() throws Exception {
    prepare(SchemaMode.CREATE, "/cart/id");
    TestDatabase.execute(
        """
        INSERT INTO sessions (id, expires_at, state)
        SELECT 'large', now() + interval '1 hour', jsonb_build_object('cart', jsonb_build_object(
          'id', (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 3200) n)))
        """);

    assertThat(
            TestDatabase.query(
                "SELECT length(state #>> '{cart,id}') FROM sessions WHERE state #> '{cart,id}' = (SELECT state #> '{cart,id}' FROM sessions)"))
        .containsExactly("102400");
  }

  @Test
  void pointersOfOtherCharactersAreRefused() {
    for (String pointer :
        List.of("", "/", "cart", "/a/", "/a//b", "/it's", "/a\"b", "/{live}", "/a~1b", "/ü")) {
      assertThatThrownBy(() -> new IndexedAttribute(pointer))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("JSON pointer");
    }
    assertThatCode(() -> new IndexedAttribute("/A.b_c-9/0")).doesNotThrowAnyException();
  }
}
