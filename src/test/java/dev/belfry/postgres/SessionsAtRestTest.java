package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.config.BelfrySettings.EncryptionKey;
import dev.belfry.event.CallerTransaction;
import dev.belfry.postgres.PostgresBroadcaster.DataSources;
import dev.belfry.session.Session;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionCreated;
import dev.belfry.session.SessionEvent;
import dev.belfry.session.SessionExpired;
import dev.belfry.session.SessionIds;
import dev.belfry.session.SessionPage;
import dev.belfry.session.SessionQuery;
import dev.belfry.session.SessionRules;
import dev.belfry.session.StateChange;
import dev.belfry.session.UnreadableStateException;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sessions whose ids are hashed and whose states are encrypted. */
@Timeout(60)
class SessionsAtRestTest {

  private static final SessionRules RULES = SessionRules.of(Duration.ofMinutes(30));
  private static final JsonObject STATE = Json.createObjectBuilder().add("pin", "4711").build();
  private static final JsonObject NEGOTIATED =
      Json.createObjectBuilder().add("client", "4713").build();
  private static final String ID = "dps_secret-session-id";
  private static final String FINGERPRINT = SessionIds.fingerprint(ID);

  private static HikariDataSource pool;

  private final List<SessionEvent> events = new CopyOnWriteArrayList<>();
  private SessionReplica replica;
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
    replica = replica(codec(key("k1", 1)));
    replica.tell(events::add);
    sessions = replica.standAlone(RULES);
    sessions.store().create(ID, "alice", STATE, RULES.lifetime(), NEGOTIATED);
  }

  @AfterEach
  void close() {
    replica.close();
  }

  private static SessionReplica replica(SessionCodec codec) {
    return new SessionReplica(new DataSources(pool, pool), CallerTransaction.NONE, codec, Map.of());
  }

  private static SessionCodec codec(EncryptionKey... keys) {
    return new SessionCodec(true, Optional.of(new StateCipher(List.of(keys))));
  }

  private static EncryptionKey key(String name, int content) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) content);
    return new EncryptionKey(name, bytes);
  }

  @Test
  void neitherIdNorStateIsInTheDatabase() {
    sessions.states().apply(ID, StateChange.increment("/visits", 4712));
    TestDatabase.execute("UPDATE sessions SET expires_at = now() - interval '1 minute'");
    sessions.store().deleteExpired();
    await().until(() -> events.size() == 2);

    assertThat(
            TestDatabase.query(
                "SELECT sessions::text FROM sessions UNION ALL SELECT payload::text FROM belfry_event"))
        .hasSize(3)
        .allSatisfy(
            row ->
                assertThat(row).contains(FINGERPRINT).doesNotContain(ID, "4711", "4712", "4713"));
  }

  @Test
  void sessionIsFoundByItsIdAndByNothingElse() {
    Session found = sessions.store().find(ID).orElseThrow();

    assertThat(found.id()).isEqualTo(ID);
    assertThat(found.state()).isEqualTo(STATE);
    assertThat(found.negotiated()).isEqualTo(NEGOTIATED);
    assertThat(sessions.store().exists(ID)).isTrue();
    assertThat(sessions.store().touchAll(List.of(ID)).touched()).containsExactly(ID);
    assertThat(sessions.store().mergeState(ID, STATE)).isTrue();
  }

  @Test
  void whoHasReadTheTableGetsNowhere() {
    assertThat(sessions.store().find(FINGERPRINT)).isEmpty();
    assertThat(sessions.store().exists(FINGERPRINT)).isFalse();
    assertThat(sessions.store().revive(FINGERPRINT, "alice")).isEmpty();
    assertThat(sessions.store().touch(FINGERPRINT)).isFalse();
    assertThat(sessions.store().touchAll(List.of(FINGERPRINT)).gone()).containsExactly(FINGERPRINT);
    assertThat(sessions.store().mergeState(FINGERPRINT, STATE)).isFalse();
    assertThat(sessions.states().apply(FINGERPRINT, StateChange.removeKeys("pin"))).isEmpty();
    assertThat(sessions.states().update(FINGERPRINT, state -> state)).isEmpty();
    assertThat(sessions.states().compareAndSet(FINGERPRINT, 0, STATE)).isEmpty();
    assertThat(sessions.revocation().rotate(FINGERPRINT, "mine-now")).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sessions.store().create(FINGERPRINT, "alice", STATE));
    assertThat(sessions.store().find(ID).orElseThrow().version()).isZero();
  }

  @Test
  void whatIsListedCanBeDeleted() {
    List<Session> listed =
        sessions
            .queries()
            .list(SessionQuery.ofUser("alice"), SessionPage.Request.first(10))
            .sessions();

    assertThat(listed).extracting(Session::id).containsExactly(FINGERPRINT);
    assertThat(listed.get(0).state()).isEqualTo(STATE);
    assertThat(sessions.store().delete(listed.get(0).id())).isTrue();
    assertThat(sessions.store().find(ID)).isEmpty();
  }

  @Test
  void onlyPrefixesThatAreNotHashedCanBeLookedFor() {
    assertThat(sessions.queries().latestForUser("alice", "dps_").map(Session::id))
        .contains(FINGERPRINT);
    assertThat(sessions.queries().latestForUser("alice", "")).isPresent();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sessions.queries().latestForUser("alice", "dps_secret"));
  }

  @Test
  void revocationSparesTheOneThatIsNamedByItsId() {
    sessions.store().create("another", "alice", STATE);

    assertThat(sessions.revocation().deleteAllExcept("alice", ID)).isOne();
    assertThat(sessions.store().find(ID)).isPresent();
  }

  @Test
  void rotationKeepsTheStateAndMayBeRepeated() {
    assertThat(sessions.revocation().rotate(ID, "second")).isPresent();
    Session third = sessions.revocation().rotate("second", "third").orElseThrow();

    assertThat(third.id()).isEqualTo("third");
    assertThat(sessions.store().find("third").orElseThrow().state()).isEqualTo(STATE);
    assertThat(sessions.store().find("third").orElseThrow().negotiated()).isEqualTo(NEGOTIATED);
    assertThat(sessions.store().find(ID)).isEmpty();
  }

  @Test
  void eventsNameTheFingerprintAndBringTheLastState() {
    TestDatabase.execute("UPDATE sessions SET expires_at = now() - interval '1 minute'");
    sessions.store().deleteExpired();

    await().atMost(10, TimeUnit.SECONDS).until(() -> events.size() == 2);
    assertThat(events.get(0)).isEqualTo(new SessionCreated(FINGERPRINT, "alice"));
    assertThat(((SessionExpired) events.get(1)).session().state()).isEqualTo(STATE);
    assertThat(((SessionExpired) events.get(1)).session().negotiated()).isEqualTo(NEGOTIATED);
  }

  @Test
  void keysAreChangedWithoutLosingASession() {
    try (SessionReplica next = replica(codec(key("k2", 2), key("k1", 1)))) {
      SessionBackend withBoth = next.standAlone(RULES);
      assertThat(withBoth.store().find(ID).orElseThrow().state()).isEqualTo(STATE);
      withBoth.store().mergeState(ID, STATE);
    }
    try (SessionReplica last = replica(codec(key("k2", 2)))) {
      Session found = last.standAlone(RULES).store().find(ID).orElseThrow();
      assertThat(found.state()).isEqualTo(STATE);
      assertThat(found.negotiated()).isEqualTo(NEGOTIATED);
    }
    assertThatThrownBy(() -> sessions.store().find(ID))
        .isInstanceOf(UnreadableStateException.class)
        .hasMessageContaining("key k2");
  }

  @Test
  void whatWasNegotiatedIsEncryptedAgainOnlyForAnotherKey() {
    String stored = "SELECT negotiated FROM sessions";
    List<String> first = TestDatabase.query(stored);
    sessions.store().mergeState(ID, STATE);
    assertThat(TestDatabase.query(stored)).isEqualTo(first);

    try (SessionReplica next = replica(codec(key("k2", 2), key("k1", 1)))) {
      next.standAlone(RULES).states().apply(ID, StateChange.increment("/n", 1));
      assertThat(TestDatabase.query(stored)).isNotEqualTo(first);
    }
    assertThat(TestDatabase.query("SELECT negotiated #>> '{$belfry,key}' FROM sessions"))
        .containsExactly("k2");
  }

  @Test
  void whatWasNegotiatedInTheClearIsEncryptedAtTheNextChange() {
    TestDatabase.execute("UPDATE sessions SET negotiated = '{\"client\": \"4713\"}'");
    assertThat(sessions.store().find(ID).orElseThrow().negotiated()).isEqualTo(NEGOTIATED);

    sessions.store().mergeState(ID, STATE);

    assertThat(TestDatabase.query("SELECT negotiated::text FROM sessions"))
        .noneMatch(stored -> stored.contains("4713"));
    assertThat(sessions.store().find(ID).orElseThrow().negotiated()).isEqualTo(NEGOTIATED);
  }

  @Test
  void stateOfAnotherSessionIsNotTakenForItsOwn() {
    sessions.store().create("another", "mallory", STATE);
    TestDatabase.execute(
        "UPDATE sessions SET state = (SELECT state FROM sessions WHERE user_id = 'alice')");

    assertThatThrownBy(() -> sessions.store().find("another"))
        .isInstanceOf(UnreadableStateException.class);
    assertThat(sessions.store().find(ID)).isPresent();
  }

  @Test
  void stateIsNotTakenForWhatWasNegotiatedNorTheOtherWayRound() {
    TestDatabase.execute("UPDATE sessions SET negotiated = state");
    assertThatThrownBy(() -> sessions.store().find(ID))
        .isInstanceOf(UnreadableStateException.class)
        .hasMessageContaining("cannot be read as JSON, with what was negotiated: it was changed");

    sessions.store().create("other", "alice", STATE, RULES.lifetime(), NEGOTIATED);
    TestDatabase.execute("UPDATE sessions SET state = negotiated");
    assertThatThrownBy(() -> sessions.store().find("other"))
        .isInstanceOf(UnreadableStateException.class);
  }

  @Test
  void expiryOfASessionWhoseNegotiatedPartCannotBeReadIsToldWithoutThat() {
    TestDatabase.execute(
        "UPDATE sessions SET negotiated = state, expires_at = now() - interval '1 minute'");
    sessions.store().deleteExpired();

    await().atMost(10, TimeUnit.SECONDS).until(() -> events.size() == 2);
    assertThat(((SessionExpired) events.get(1)).session().state()).isEqualTo(STATE);
    assertThat(((SessionExpired) events.get(1)).session().negotiated()).isEmpty();
  }

  @Test
  void withoutKeysNothingIsMergedIntoWhatIsEncrypted() {
    try (SessionReplica keyless = replica(new SessionCodec(true, Optional.empty()))) {
      SessionBackend withoutKeys = keyless.standAlone(RULES);

      assertThatThrownBy(() -> withoutKeys.store().mergeState(ID, STATE))
          .isInstanceOf(UnreadableStateException.class)
          .hasMessageContaining("belfry.session.encryption-keys");
    }
    assertThat(sessions.store().find(ID).orElseThrow().state()).isEqualTo(STATE);
  }
}
