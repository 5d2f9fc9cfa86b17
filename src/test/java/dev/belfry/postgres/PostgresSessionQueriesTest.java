package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.session.Session;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionIds;
import dev.belfry.session.SessionPage;
import dev.belfry.session.SessionQueries;
import dev.belfry.session.SessionQuery;
import dev.belfry.session.SessionRules;
import dev.belfry.session.UnreadableStateException;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PostgresSessionQueriesTest {

  private static final SessionTable SESSIONS = new SessionTable("", "sessions");
  private static final SessionRules RULES = TestSessions.RULES.withAttributes("/cart/id", "/live");

  private static HikariDataSource pool;

  private SessionBackend sessions;
  private SessionQueries queries;

  @BeforeAll
  static void prepare() {
    TestDatabase.clean();
    pool = TestDatabase.pool();
    TestDatabase.prepare(pool, SESSIONS, "/cart/id", "/live");
  }

  @AfterAll
  static void closePool() {
    pool.close();
  }

  @BeforeEach
  void clean() {
    TestDatabase.execute("TRUNCATE sessions");
    sessions = TestSessions.of(pool, SESSIONS, RULES);
    queries = sessions.queries();
  }

  private static JsonObject json(String text) {
    try (JsonReader reader = Json.createReader(new StringReader(text.replace('\'', '"')))) {
      return reader.readObject();
    }
  }

  private List<String> found(SessionQuery query) {
    List<String> ids = queries.stream(query).map(Session::id).sorted().toList();
    assertThat(queries.count(query)).isEqualTo(ids.size());
    return ids;
  }

  @Test
  void allThatIsSaidHasToFit() {
    sessions.store().create("dps_1", "alice", json("{'cart': {'id': 7}}"));
    sessions.store().create("dps_2", "alice", json("{'cart': {'id': '7'}}"));
    sessions.store().create("web_3", "alice", json("{'cart': {'id': 7.0}}"));
    sessions.store().create("dps_4", "bob", json("{'cart': {'id': 7, 'n': 1}, 'live': null}"));
    sessions.store().create("dps_5", "", json("{'live': {'b': 1, 'a': [2]}}"));

    SessionQuery seven = SessionQuery.all().where("/cart/id", Json.createValue(7));
    assertThat(found(SessionQuery.all())).hasSize(5);
    assertThat(found(SessionQuery.all().withPrefix("dps_")))
        .containsExactly("dps_1", "dps_2", "dps_4", "dps_5");
    assertThat(found(SessionQuery.ofUser("alice"))).containsExactly("dps_1", "dps_2", "web_3");
    assertThat(found(seven)).containsExactly("dps_1", "dps_4", "web_3");
    assertThat(found(seven.withPrefix("dps_"))).containsExactly("dps_1", "dps_4");
    assertThat(found(SessionQuery.all().where("/live", JsonValue.NULL))).containsExactly("dps_4");
    assertThat(found(seven.where("/live", JsonValue.NULL))).containsExactly("dps_4");
    assertThat(found(SessionQuery.all().where("/live", json("{'a': [2], 'b': 1}"))))
        .containsExactly("dps_5");
    assertThat(
            found(
                SessionQuery.ofUser("alice")
                    .withPrefix("dps_")
                    .where("/cart/id", Json.createValue("7"))))
        .containsExactly("dps_2");
  }

  @Test
  void whatIsNotLiveIsNotFound() {
    for (String id : List.of("live", "expired", "over", "deleted")) {
      sessions.store().create(id, "alice", json("{'cart': {'id': 7}}"));
    }
    TestDatabase.execute(
        "UPDATE sessions SET expires_at = now() WHERE id = 'expired'",
        "UPDATE sessions SET not_after = now() WHERE id = 'over'");
    sessions.store().delete("deleted");

    assertThat(found(SessionQuery.all())).containsExactly("live");
    assertThat(found(SessionQuery.ofUser("alice"))).containsExactly("live");
    assertThat(queries.latestForUser("alice", "").map(Session::id)).contains("live");
  }

  @Test
  void textIsTakenAsItIs() {
    sessions.store().create("a_b", "100%", JsonValue.EMPTY_JSON_OBJECT);
    sessions.store().create("a%b", "it's", JsonValue.EMPTY_JSON_OBJECT);
    sessions.store().create("axb", "{live}", JsonValue.EMPTY_JSON_OBJECT);

    assertThat(found(SessionQuery.all().withPrefix("a_"))).containsExactly("a_b");
    assertThat(found(SessionQuery.all().withPrefix("a%"))).containsExactly("a%b");
    assertThat(found(SessionQuery.all().withPrefix("%"))).isEmpty();
    assertThat(found(SessionQuery.ofUser("it's"))).containsExactly("a%b");
    assertThat(found(SessionQuery.ofUser("{live}"))).containsExactly("axb");
    assertThat(found(SessionQuery.ofUser("' OR true --"))).isEmpty();
  }

  @Test
  void anonymousOwnerAndPrefixThatNoIdHasFindNothing() {
    sessions.store().create("id-1", "", JsonValue.EMPTY_JSON_OBJECT);

    assertThat(found(SessionQuery.ofUser(""))).isEmpty();
    assertThat(queries.latestForUser("", "")).isEmpty();
    assertThat(found(SessionQuery.all().withPrefix("ü"))).isEmpty();
    assertThat(found(SessionQuery.all().withPrefix("x".repeat(129)))).isEmpty();
  }

  @Test
  void attributeThatIsNotDeclaredIsRefused() {
    SessionQuery query = SessionQuery.all().where("/cart", Json.createValue(7));

    assertThatThrownBy(() -> queries.count(query))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("/cart: it is not among belfry.session.indexed-attributes");
    assertThatThrownBy(() -> queries.list(query, SessionPage.Request.first(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void valueThatNoStateCanHoldIsRefused() {
    assertThatThrownBy(
            () -> queries.count(SessionQuery.all().where("/live", Json.createValue("\0"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("U+0000");
  }

  @Test
  void pagesFollowEachOtherUntilThereIsNoMore() {
    for (int number = 0; number < 25; number++) {
      sessions.store().create("id-" + number, "alice", JsonValue.EMPTY_JSON_OBJECT);
    }
    SessionPage first = queries.list(SessionQuery.ofUser("alice"), SessionPage.Request.first(10));
    SessionPage second = queries.list(SessionQuery.ofUser("alice"), first.next().orElseThrow());
    SessionPage third = queries.list(SessionQuery.ofUser("alice"), second.next().orElseThrow());

    assertThat(first.sessions()).hasSize(10);
    assertThat(third.sessions()).hasSize(5).doesNotContainAnyElementsOf(second.sessions());
    assertThat(third.next()).isEmpty();
    assertThat(queries.list(SessionQuery.all(), new SessionPage.Request("zzz", 10)).sessions())
        .isEmpty();
  }

  @Test
  void streamHasMoreThanOnePage() {
    TestDatabase.execute(
        "INSERT INTO sessions (id, expires_at) SELECT 'id-' || n, now() + interval '1 hour' FROM generate_series(1, 2500) n");

    assertThat(queries.stream(SessionQuery.all()).map(Session::id).distinct().count())
        .isEqualTo(2500);
  }

  @Test
  void sessionThatCannotBeReadIsNamed() {
    sessions.store().create("good", "alice", JsonValue.EMPTY_JSON_OBJECT);
    TestDatabase.execute(
        "INSERT INTO sessions (id, user_id, expires_at, state) VALUES ('deep-one', 'alice', now() + interval '1 hour', ('{\"a\":' || repeat('[', 3000) || repeat(']', 3000) || '}')::jsonb)");

    assertThatThrownBy(() -> queries.stream(SessionQuery.ofUser("alice")).toList())
        .isInstanceOfSatisfying(
            UnreadableStateException.class,
            unreadable -> assertThat(unreadable.sessionId()).contains("deep-one"));
    assertThat(queries.count(SessionQuery.ofUser("alice"))).isEqualTo(2);
  }

  @Test
  void latestIsTheOneThatWasActiveLast() {
    sessions.store().create("dps_1", "alice", JsonValue.EMPTY_JSON_OBJECT);
    sessions.store().create("dps_2", "alice", JsonValue.EMPTY_JSON_OBJECT);
    sessions.store().create("web_3", "alice", JsonValue.EMPTY_JSON_OBJECT);
    sessions.store().touch("dps_1");

    assertThat(queries.latestForUser("alice", "dps_").map(Session::id)).contains("dps_1");
    assertThat(queries.latestForUser("alice", "web_").map(Session::id)).contains("web_3");
    assertThat(queries.latestForUser("bob", "")).isEmpty();
  }

  @Test
  void hashedIdsAreFoundByTheirFingerprints() {
    SessionBackend hashed =
        TestSessions.of(pool, SESSIONS, RULES, new SessionCodec(true, Optional.empty()));
    hashed.store().create("dps_secret", "alice", json("{'cart': {'id': 7}}"));
    hashed.store().create("secret", "alice", JsonValue.EMPTY_JSON_OBJECT);
    String fingerprint = SessionIds.fingerprint("dps_secret");

    assertThat(hashed.queries().stream(SessionQuery.all().withPrefix("dps_")).map(Session::id))
        .containsExactly(fingerprint);
    assertThat(hashed.queries().latestForUser("alice", "dps_").map(Session::id))
        .contains(fingerprint);
    SessionPage first = hashed.queries().list(SessionQuery.all(), SessionPage.Request.first(1));
    SessionPage second = hashed.queries().list(SessionQuery.all(), first.next().orElseThrow());
    assertThat(second.sessions()).hasSize(1).isNotEqualTo(first.sessions());
    assertThatThrownBy(() -> hashed.queries().latestForUser("alice", "dps_s"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("belfry.session.hash-ids")
        .message()
        .doesNotContain("dps_s");
    assertThat(hashed.store().delete(fingerprint)).isTrue();
  }

  @Test
  void queriesByUserAndByAttributeUseTheirIndexes() throws Exception {
    TestDatabase.execute(
        """
        INSERT INTO sessions (id, user_id, expires_at, state)
        SELECT 'id-' || n, 'user-' || n / 4, now() + interval '1 hour',
          jsonb_build_object('cart', jsonb_build_object('id', n / 3), 'live', true)
        FROM generate_series(1, 20000) n
        """,
        "ANALYZE sessions");
    SessionQuery byUser = SessionQuery.ofUser("user-77");
    SessionQuery byCart = SessionQuery.all().where("/cart/id", Json.createValue(77));

    // More often than it takes until the driver and the database keep a plan for any parameters.
    assertThat(indexScans("sessions_user_id_idx", found -> found.count(byUser))).isEqualTo(12);
    assertThat(
            indexScans(
                "sessions_user_id_idx",
                found -> assertThat(found.latestForUser("user-77", "id-")).isPresent()))
        .isEqualTo(12);
    assertThat(
            indexScans(
                "sessions_user_id_idx",
                found ->
                    assertThat(found.list(byUser, SessionPage.Request.first(100)).sessions())
                        .hasSize(4)))
        .isEqualTo(12);
    String attributeIndex = new IndexedAttribute("/cart/id").indexName(SESSIONS);
    assertThat(indexScans(attributeIndex, found -> assertThat(found.count(byCart)).isEqualTo(3)))
        .isEqualTo(12);
    assertThat(
            indexScans(
                attributeIndex, found -> found.list(byCart, SessionPage.Request.first(1_000))))
        .isEqualTo(12);
  }

  /** What is asked. */
  private interface Question {
    void ask(SessionQueries queries);
  }

  /** How often twelve times the same question looks into an index. */
  private static long indexScans(String index, Question question) throws SQLException {
    try (Connection connection = TestDatabase.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      UnpooledDataSource always = () -> UnpooledDataSource.withoutClose(connection);
      SessionQueries asked = TestSessions.of(always, SESSIONS, RULES).queries();
      for (int time = 0; time < 12; time++) {
        question.ask(asked);
      }
      try (ResultSet row =
          statement.executeQuery(
              "SELECT pg_stat_get_xact_numscans('\"%s\"'::regclass)".formatted(index))) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  @Test
  void touchesStayHotWithIndexedAttributes() throws Exception {
    sessions.store().create("id-1", "alice", json("{'cart': {'id': 7}}"));

    try (Connection connection = TestDatabase.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      UnpooledDataSource always = () -> UnpooledDataSource.withoutClose(connection);
      SessionBackend touched = TestSessions.of(always, SESSIONS, RULES);
      for (int time = 0; time < 10; time++) {
        // For all of the transaction it is the same time: the touch moves the expiry within its
        // hour.
        statement.execute(
            "UPDATE sessions SET expires_at = date_bin('1 hour', now(), timestamptz '2000-01-01 00:00:00+00') + interval '1 hour'");
        assertThat(touched.store().touch("id-1")).isTrue();
      }
      try (ResultSet row =
          statement.executeQuery(
              "SELECT pg_stat_get_xact_tuples_updated('sessions'::regclass), pg_stat_get_xact_tuples_hot_updated('sessions'::regclass)")) {
        row.next();
        assertThat(row.getLong(1)).isEqualTo(20);
        // But perhaps the first, if the session was created in the hour before.
        assertThat(row.getLong(2)).isGreaterThanOrEqualTo(19);
      }
    }
  }
}
