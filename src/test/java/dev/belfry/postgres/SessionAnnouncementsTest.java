package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.event.ServerEvent;
import dev.belfry.event.SettableTransaction;
import dev.belfry.postgres.PostgresBroadcaster.DataSources;
import dev.belfry.session.Session;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionCreated;
import dev.belfry.session.SessionDeleted;
import dev.belfry.session.SessionEvent;
import dev.belfry.session.SessionExpired;
import dev.belfry.session.SessionRevived;
import dev.belfry.session.SessionRotated;
import dev.belfry.session.SessionRules;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** What two replicas are told of sessions that either of them changes. */
@Timeout(60)
class SessionAnnouncementsTest {

  private static final SessionRules RULES = SessionRules.of(Duration.ofMinutes(30));
  private static final JsonObject STATE = Json.createObjectBuilder().add("cart", 7).build();

  private static HikariDataSource pool;

  private final SettableTransaction transaction = new SettableTransaction();
  private final TransactionalDataSource transactional =
      new TransactionalDataSource(pool, transaction);
  private final List<SessionEvent> here = new CopyOnWriteArrayList<>();
  private final List<SessionEvent> there = new CopyOnWriteArrayList<>();

  private SessionReplica replica;
  private SessionReplica otherReplica;
  private SessionBackend sessions;

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
    TestDatabase.emptyLog();
    TestDatabase.execute("TRUNCATE sessions");
    replica = replica(Map.of());
    otherReplica = replica(Map.of());
    replica.tell(here::add);
    otherReplica.tell(there::add);
    sessions = replica.standAlone(RULES);
  }

  @AfterEach
  void close() {
    replica.close();
    otherReplica.close();
  }

  private SessionReplica replica(Map<String, String> configured) {
    return new SessionReplica(
        new DataSources(transactional, pool), transaction, SessionCodec.PLAIN, configured);
  }

  private void expectOnEveryReplica(SessionEvent... events) {
    for (List<SessionEvent> told : List.of(here, there)) {
      await()
          .atMost(10, TimeUnit.SECONDS)
          .untilAsserted(() -> assertThat(told).containsExactly(events));
    }
  }

  @Test
  void everyReplicaIsToldOfBeginningAndEndOnce() {
    sessions.store().create("id-1", "alice", STATE);
    sessions.store().mergeState("id-1", STATE);
    sessions.store().touch("id-1");
    Session rotated = sessions.revocation().rotate("id-1", "id-2").orElseThrow();
    otherReplica.standAlone(RULES).store().delete("id-2");

    assertThat(rotated.state()).isEqualTo(STATE);
    expectOnEveryReplica(
        new SessionCreated("id-1", "alice"),
        new SessionRotated("id-1", "id-2", "alice"),
        new SessionDeleted("id-2", "alice"));
  }

  @Test
  void expiryIsToldWithTheLastStateByWhoeverCleansUp() {
    sessions.store().create("id-1", "alice", STATE);
    TestDatabase.execute("UPDATE sessions SET expires_at = now() - interval '1 minute'");
    expectOnEveryReplica(new SessionCreated("id-1", "alice"));
    there.clear();

    assertThat(sessions.store().deleteExpired()).isOne();
    assertThat(otherReplica.standAlone(RULES).store().deleteExpired()).isZero();

    await().atMost(10, TimeUnit.SECONDS).until(() -> !there.isEmpty());
    assertThat(there)
        .singleElement()
        .isInstanceOfSatisfying(
            SessionExpired.class,
            expired -> {
              assertThat(expired.session().id()).isEqualTo("id-1");
              assertThat(expired.session().userId()).isEqualTo("alice");
              assertThat(expired.session().state()).isEqualTo(STATE);
              assertThat(expired.session().expiresAt())
                  .isBefore(expired.session().lastActiveAt().plusSeconds(1));
            });
  }

  @Test
  void whatIsRolledBackIsNotTold() {
    SessionBackend joining = replica.joining(RULES);
    transaction.begin();
    joining.store().create("gone", "alice", STATE);
    transaction.rollBack();

    transaction.begin();
    joining.store().create("kept", "alice", STATE);
    assertThat(sessions.store().find("kept")).as("not committed").isEmpty();
    transaction.commit();

    expectOnEveryReplica(new SessionCreated("kept", "alice"));
  }

  @Test
  void nothingIsPutIntoTheOutboxForATouchOrAMerge() {
    sessions.store().create("id-1", "alice", STATE);
    expectOnEveryReplica(new SessionCreated("id-1", "alice"));

    sessions.store().touchAll(List.of("id-1"));
    sessions.store().mergeState("id-1", JsonValue.EMPTY_JSON_OBJECT);

    assertThat(TestDatabase.query("SELECT count(*) FROM belfry_outbox")).containsExactly("0");
    assertThat(TestDatabase.query("SELECT count(*) FROM belfry_event")).containsExactly("1");
  }

  /** Whoever is connected may LISTEN, and an id is as good as a password. */
  @Test
  void noNotificationHoldsAnId() throws SQLException {
    try (Connection listener = TestDatabase.dataSource().getConnection();
        Statement statement = listener.createStatement()) {
      statement.execute("LISTEN mcp_notifications");
      statement.execute("LISTEN \"belfry:mcp_notifications\"");
      sessions.store().create("secret-session-id", "alice", STATE);
      replica.broadcaster().publish(ServerEvent.of("test/private").forSession("secret-session-id"));
      replica.broadcaster().publish(ServerEvent.of("test/last"));

      List<String> heard = new ArrayList<>();
      while (heard.stream().noneMatch(payload -> payload.contains("test/last"))) {
        for (PGNotification notice : listener.unwrap(PGConnection.class).getNotifications(10_000)) {
          heard.add(notice.getParameter());
        }
      }
      expectOnEveryReplica(new SessionCreated("secret-session-id", "alice"));
      assertThat(heard)
          .hasSizeGreaterThanOrEqualTo(2)
          .noneMatch(payload -> payload.contains("secret-"));
    }
  }

  @Test
  void nothingIsToldWhereThatIsSwitchedOff() {
    try (SessionReplica silent = replica(Map.of("belfry.session.events", "false"))) {
      SessionBackend unannounced = silent.standAlone(RULES);
      unannounced.store().create("id-1", "alice", STATE);
      unannounced.store().delete("id-1");
    }
    sessions.store().create("id-2", "alice", STATE);

    expectOnEveryReplica(new SessionCreated("id-2", "alice"));
  }

  @Test
  void revivalIsToldOnEveryReplicaAfterTheExpiry() {
    sessions.store().create("id-1", "alice", STATE);
    TestDatabase.execute("UPDATE sessions SET expires_at = now() - interval '1 minute'");
    sessions.store().deleteExpired();
    otherReplica.standAlone(RULES).store().revive("id-1", "alice");

    for (List<SessionEvent> told : List.of(here, there)) {
      await()
          .atMost(10, TimeUnit.SECONDS)
          .untilAsserted(
              () -> assertThat(told).hasSize(3).endsWith(new SessionRevived("id-1", "alice")));
      assertThat(told.get(1)).isInstanceOf(SessionExpired.class);
    }
  }

  @Test
  void whatIsLargerThanBelfryStoresIsLeftOut() {
    TestDatabase.execute(
        "INSERT INTO sessions (id, expires_at, state, negotiated) VALUES ('go', now() - interval '1 hour', jsonb_build_object('a', repeat('x', 3000000)), jsonb_build_object('a', repeat('x', 200000)))");

    assertThat(sessions.store().deleteExpired()).isOne();

    await().atMost(10, TimeUnit.SECONDS).until(() -> !there.isEmpty());
    assertThat(((SessionExpired) there.get(0)).session().state()).isEmpty();
    assertThat(((SessionExpired) there.get(0)).session().negotiated()).isEmpty();
  }
}
