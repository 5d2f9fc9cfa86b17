package dev.belfry.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.belfry.session.Lifetime;
import dev.belfry.session.Session;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionConflictException;
import dev.belfry.session.SessionCreated;
import dev.belfry.session.SessionEvent;
import dev.belfry.session.SessionExpired;
import dev.belfry.session.SessionLimitException;
import dev.belfry.session.SessionQuery;
import dev.belfry.session.SessionRevived;
import dev.belfry.session.SessionRules;
import dev.belfry.session.SessionRules.OnExcess;
import dev.belfry.session.SessionRules.UserLimit;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whom an expired session comes back for, and as what. Ids may be hashed in events and queries. */
public abstract class SessionReviveContract extends SessionContract {

  private static final String ID = "id-1";
  private static final JsonObject STATE = json("{'cart': [1, 2], 'name': 'ü'}");
  private static final JsonObject NEGOTIATED = json("{'clientInfo': {'name': 'a client'}}");
  private static final Duration WINDOW = RULES.reviveWindow();

  /** More than a backend takes for what a test does meanwhile. */
  private static final Duration MOMENT = Duration.ofSeconds(20);

  private static final Lifetime SHORT = Lifetime.of(Duration.ofMinutes(1));

  private int markers;

  private Session create() {
    return store.create(ID, "alice", STATE, RULES.lifetime(), NEGOTIATED);
  }

  /** Lets the time of sessions with the usual lifetime be over, by that much. */
  private void expire(Duration ago, boolean announced) {
    pass(TIME_TO_LIVE.plus(ago));
    if (announced) {
      assertThat(store.deleteExpired()).isPositive();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void ownerHasAnExpiredSessionBackAsItWas(boolean announced) {
    create();
    store.mergeState(ID, json("{'n': 1}"));
    Session last = store.find(ID).orElseThrow();
    expire(Duration.ofMinutes(5), announced);
    assertThat(store.find(ID)).isEmpty();

    Session revived = store.revive(ID, "alice").orElseThrow();

    assertThat(revived.id()).isEqualTo(ID);
    assertThat(revived.userId()).isEqualTo("alice");
    assertThat(revived.state()).isEqualTo(last.state());
    assertThat(revived.negotiated()).isEqualTo(NEGOTIATED);
    assertThat(revived.version()).isEqualTo(last.version());
    assertThat(store.find(ID)).contains(revived);
    assertThat(replica().store().find(ID)).contains(revived);
    assertThat(store.touch(ID)).isTrue();
    assertThat(states.compareAndSet(ID, last.version(), EMPTY)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anonymousSessionComesBackForAnonymousCallersOnly(boolean announced) {
    store.create(ID, "", STATE);
    expire(Duration.ZERO, announced);

    assertThat(store.revive(ID, "alice")).isEmpty();
    assertThat(store.revive(ID, "")).map(Session::state).contains(STATE);
  }

  @Test
  void revivedSessionExpiresAsAfterATouch() {
    create();
    expire(Duration.ofMinutes(5), false);

    Session revived = store.revive(ID, "alice").orElseThrow();

    assertApart(revived.createdAt(), revived.lastActiveAt(), TIME_TO_LIVE.plusMinutes(5));
    assertApart(revived.lastActiveAt(), revived.expiresAt(), TIME_TO_LIVE);
  }

  @Test
  void revivedSessionKeepsItsOwnLifetime() {
    store.create(ID, "alice", STATE, SHORT);
    pass(SHORT.timeToLive());

    Session revived = store.revive(ID, "alice").orElseThrow();

    assertApart(revived.lastActiveAt(), revived.expiresAt(), SHORT.timeToLive());
    pass(SHORT.timeToLive());
    assertThat(store.exists(ID)).isFalse();
  }

  @Test
  void revivedSessionEndsWithItsMaximumLifetime() {
    Duration maximum = Duration.ofMinutes(3);
    store.create(ID, "alice", STATE, Lifetime.of(Duration.ofMinutes(2)).atMost(maximum));
    pass(Duration.ofMinutes(2));

    Session revived = store.revive(ID, "alice").orElseThrow();

    assertApart(revived.createdAt(), revived.expiresAt(), maximum);
    pass(Duration.ofMinutes(1));
    assertThat(store.find(ID)).isEmpty();
    assertThat(store.revive(ID, "alice")).isEmpty();
  }

  private static void assertApart(Instant one, Instant other, Duration expected) {
    assertThat(Duration.between(one, other)).isCloseTo(expected, MOMENT);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anotherOwnerGetsNothingAndChangesNothing(boolean announced) {
    Session created = create();
    expire(Duration.ZERO, announced);

    for (String other : List.of("mallory", "", "ALICE")) {
      assertThat(store.revive(ID, other)).isEmpty();
      assertThat(replica().store().revive(ID, other)).isEmpty();
    }

    assertThat(store.exists(ID)).isFalse();
    Session revived = store.revive(ID, "alice").orElseThrow();
    assertThat(revived.state()).isEqualTo(STATE);
    assertThat(revived.version()).isEqualTo(created.version());
  }

  @Test
  void idThatNobodyHasIsNotRevived() {
    assertThat(store.revive("nobody", "alice")).isEmpty();
    assertThat(store.exists("nobody")).isFalse();
  }

  @Test
  void liveSessionIsFoundByItsOwnerAndNotChanged() {
    Session created = create();
    pass(Duration.ofMinutes(5));
    Session before = store.find(ID).orElseThrow();

    assertThat(store.revive(ID, "alice")).contains(before);
    assertThat(store.revive(ID, "mallory")).isEmpty();

    assertThat(store.find(ID)).contains(before);
    assertThat(before.version()).isEqualTo(created.version());
    assertQuiet();
    assertThat(revivals()).isEmpty();
  }

  @Test
  void untilTheEndOfTheWindowASessionComesBack() {
    create();
    expire(WINDOW.minus(MOMENT), false);

    assertThat(store.revive(ID, "alice")).isPresent();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void afterTheWindowNothingComesBack(boolean announcedInTime) {
    create();
    if (announcedInTime) {
      expire(Duration.ZERO, true);
      pass(WINDOW);
    } else {
      expire(WINDOW, false);
    }

    assertThat(store.revive(ID, "alice")).isEmpty();
    store.deleteExpired();
    assertThat(store.revive(ID, "alice")).isEmpty();
    assertThat(replica().store().revive(ID, "alice")).isEmpty();
  }

  @Test
  void windowIsMeasuredFromTheExpiryHoweverLateItIsAnnounced() {
    create();
    expire(WINDOW.minus(MOMENT), true);
    pass(MOMENT);

    assertThat(store.revive(ID, "alice")).isEmpty();
  }

  @Test
  void withoutAWindowNothingComesBack() {
    use(
        new SessionRules(
            RULES.lifetime(),
            Duration.ZERO,
            Optional.empty(),
            RULES.maxStateBytes(),
            RULES.attributes()));
    create();
    expire(Duration.ZERO, false);

    assertThat(store.revive(ID, "alice")).isEmpty();
  }

  @Test
  void deletedSessionNeverComesBack() {
    create();
    store.delete(ID);
    assertThat(store.revive(ID, "alice")).isEmpty();
    assertThat(replica().store().revive(ID, "alice")).isEmpty();

    expire(Duration.ZERO, false);
    assertThat(store.revive(ID, "alice")).isEmpty();
    store.deleteExpired();
    assertThat(store.revive(ID, "alice")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void sessionThatIsDeletedAfterItsExpiryNeverComesBack(boolean announced) {
    create();
    expire(Duration.ZERO, announced);
    store.delete(ID);

    assertThat(store.revive(ID, "alice")).isEmpty();
    assertThat(store.exists(ID)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void sessionThatExpiredBeforeAllOfItsUserWereDeletedNeverComesBack(boolean announced) {
    store.create(ID, "alice", STATE);
    store.create("kept", "alice", STATE);
    pass(TIME_TO_LIVE);
    if (announced) {
      store.deleteExpired();
    }

    assertThat(revocation.deleteAllExcept("alice", "kept")).isZero();

    assertThat(store.revive(ID, "alice")).isEmpty();
    assertThat(store.revive("kept", "alice")).isPresent();
  }

  @Test
  void revivedSessionIsDeletedAndRotatedAsAnyOther() {
    create();
    expire(Duration.ZERO, true);
    store.revive(ID, "alice");

    Session rotated = revocation.rotate(ID, "id-2").orElseThrow();

    assertThat(rotated.state()).isEqualTo(STATE);
    assertThat(rotated.negotiated()).isEqualTo(NEGOTIATED);
    assertThat(store.revive(ID, "alice")).isEmpty();
    assertThat(store.delete("id-2")).isTrue();
    assertThat(store.revive("id-2", "alice")).isEmpty();
  }

  @Test
  void revivedSessionExpiresAgainIsAnnouncedAgainAndComesBackAgain() {
    create();
    for (int round = 1; round <= 3; round++) {
      expire(Duration.ZERO, true);
      assertThat(store.revive(ID, "alice")).map(Session::state).contains(STATE);
      int rounds = round;
      eventually(() -> assertThat(of("alice", SessionExpired.class)).hasSize(rounds));
      eventually(() -> assertThat(revivals()).hasSize(rounds));
    }
    expire(WINDOW, true);
    pass(WINDOW.plusSeconds(1));
    store.deleteExpired();

    assertThat(store.create(ID, "bob", EMPTY).version()).isZero();
  }

  @Test
  void revivalIsAnnouncedOnceAfterTheExpiry() {
    create();
    expire(Duration.ZERO, true);
    replica().store().revive(ID, "alice");
    store.revive(ID, "alice");
    store.revive(ID, "mallory");

    assertQuiet();
    assertThat(of("alice", SessionEvent.class).stream().<Object>map(SessionEvent::getClass))
        .containsExactly(SessionCreated.class, SessionExpired.class, SessionRevived.class);
  }

  @Test
  void everyReplicaIsToldOfARevival() {
    RecordedEvents others = new RecordedEvents();
    assumeThat(replica(RULES, others)).isNotSameAs(backend);
    create();
    expire(Duration.ZERO, false);
    store.revive(ID, "alice");

    eventually(
        () ->
            assertThat(others.all())
                .hasSize(2)
                .last()
                .isInstanceOfSatisfying(
                    SessionRevived.class,
                    revived -> assertThat(revived.userId()).isEqualTo("alice")));
  }

  @Test
  void expiryThatIsAnnouncedTellsWhatWasNegotiated() {
    create();
    expire(Duration.ZERO, true);

    eventually(() -> assertThat(of("alice", SessionExpired.class)).hasSize(1));
    assertThat(of("alice", SessionExpired.class).get(0))
        .isInstanceOfSatisfying(
            SessionExpired.class,
            expired -> assertThat(expired.session().negotiated()).isEqualTo(NEGOTIATED));
  }

  @Test
  void manyWhoReviveAtOnceAllHaveItAndOneRevivesIt() {
    create();
    expire(Duration.ZERO, false);

    List<Optional<Session>> revived =
        concurrently(16, number -> any(number).store().revive(ID, "alice"));

    Session found = store.find(ID).orElseThrow();
    assertThat(revived).allSatisfy(session -> assertThat(session).contains(found));
    assertQuiet();
    assertThat(revivals()).hasSize(1);
  }

  @Test
  void sessionThatIsRevivedAndDeletedAtOnceIsDead() {
    List<String> ids = IntStream.range(0, 20).mapToObj(number -> "id-" + number).toList();
    ids.forEach(id -> store.create(id, "alice", STATE));
    expire(Duration.ZERO, false);

    for (String id : ids) {
      List<Callable<Object>> both =
          List.of(
              () -> store.revive(id, "alice"),
              () -> replica().store().delete(id),
              () -> replica().store().revive(id, "alice"));
      concurrently(both);

      assertThat(store.revive(id, "alice")).isEmpty();
      eventually(() -> assertThat(store.find(id)).isEmpty());
      eventually(() -> assertThat(replica().store().find(id)).isEmpty());
    }
  }

  @Test
  void sessionThatIsRevivedAndCleanedUpAtOnceIsLive() {
    List<String> ids = IntStream.range(0, 20).mapToObj(number -> "id-" + number).toList();
    ids.forEach(id -> store.create(id, "alice", STATE));
    expire(Duration.ZERO, false);

    List<Callable<Object>> tasks =
        List.of(
            () -> ids.stream().allMatch(id -> store.revive(id, "alice").isPresent()),
            () -> replica().store().deleteExpired() >= 0,
            () -> store.deleteExpired() >= 0);
    assertThat(concurrently(tasks)).containsOnly(true);

    assertThat(ids).allMatch(store::exists);
    assertThat(store.deleteExpired()).isZero();
  }

  @Test
  void sessionThatIsRevivedAndReplacedAtOnceIsOneOfBoth() {
    JsonObject replacement = json("{'new': 1}");
    List<String> ids = IntStream.range(0, 20).mapToObj(number -> "id-" + number).toList();
    ids.forEach(id -> store.create(id, "alice", STATE));
    expire(Duration.ZERO, false);

    for (String id : ids) {
      List<Callable<Optional<Session>>> both =
          List.of(
              () -> store.revive(id, "alice"),
              () -> {
                try {
                  return Optional.of(replica().store().create(id, "alice", replacement));
                } catch (SessionConflictException ignored) {
                  return Optional.empty(); // It was revived before.
                }
              });
      List<Optional<Session>> results = concurrently(both);

      JsonObject expected = results.get(1).isPresent() ? replacement : STATE;
      assertThat(results.get(0)).map(Session::state).contains(expected);
      assertThat(stateOf(id)).isEqualTo(expected);
    }
  }

  /** Two live sessions of alice, the first of them longer inactive, and one that has expired. */
  private void createUnderALimit(int limit, OnExcess onExcess) {
    use(RULES.limited(new UserLimit(limit, onExcess)));
    store.create(ID, "alice", STATE, SHORT);
    pass(SHORT.timeToLive());
    store.create("older", "alice", EMPTY);
    pass(Duration.ofSeconds(1));
    store.create("newer", "alice", EMPTY);
  }

  @Test
  void limitOfAUserEvictsTheLongestInactiveAndNeverTheRevived() {
    createUnderALimit(2, OnExcess.EVICT_OLDEST);

    assertThat(store.revive(ID, "alice")).map(Session::state).contains(STATE);

    assertThat(store.exists(ID)).isTrue();
    assertThat(store.exists("older")).isFalse();
    assertThat(store.exists("newer")).isTrue();
    assertThat(store.revive(ID, "alice")).isPresent();
    assertThat(queries.count(SessionQuery.ofUser("alice"))).isEqualTo(2);
  }

  @Test
  void limitOfAUserRefusesARevivalAndTheSessionStaysExpired() {
    createUnderALimit(2, OnExcess.REFUSE);

    assertThatThrownBy(() -> store.revive(ID, "alice"))
        .isInstanceOfSatisfying(
            SessionLimitException.class, refused -> assertThat(refused.sessionId()).contains(ID));

    assertThat(store.exists(ID)).isFalse();
    assertThat(store.revive("newer", "alice")).isPresent();
    store.delete("newer");
    assertThat(store.revive(ID, "alice")).map(Session::state).contains(STATE);
    assertThat(queries.count(SessionQuery.ofUser("alice"))).isEqualTo(2);
  }

  @Test
  void whatCannotComeBackEvictsNobodyAndIsNotRefused() {
    createUnderALimit(2, OnExcess.EVICT_OLDEST);
    store.delete(ID);
    assertThat(store.revive(ID, "alice")).isEmpty();
    assertThat(store.revive("nobody", "alice")).isEmpty();
    assertThat(queries.count(SessionQuery.ofUser("alice"))).isEqualTo(2);

    createUnderALimit(2, OnExcess.REFUSE);
    store.delete(ID);
    assertThat(store.revive(ID, "alice")).isEmpty();
  }

  @Test
  void limitIsKeptHoweverManyAreRevivedAtOnce() {
    SessionRules limited = RULES.limited(new UserLimit(3, OnExcess.EVICT_OLDEST));
    use(limited);
    SessionBackend other = replica(limited, event -> {});
    List<String> ids = IntStream.range(0, 12).mapToObj(number -> "id-" + number).toList();
    for (int first = 0; first < 12; first += 3) {
      ids.subList(first, first + 3).forEach(id -> store.create(id, "alice", STATE, SHORT));
      pass(SHORT.timeToLive());
    }

    List<Optional<Session>> revived =
        concurrently(
            12,
            number -> (number % 2 == 0 ? backend : other).store().revive(ids.get(number), "alice"));

    assertThat(revived).allMatch(Optional::isPresent);
    assertThat(queries.count(SessionQuery.ofUser("alice"))).isEqualTo(3);
  }

  @Test
  void argumentsThatBreakTheRulesAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> store.revive("a b", "alice"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.revive(ID, "a\0b"))
        .withMessageContaining("userId");
  }

  private SessionBackend any(int number) {
    return number % 2 == 0 ? backend : replica();
  }

  private List<SessionEvent> revivals() {
    return of("alice", SessionRevived.class);
  }

  private List<SessionEvent> of(String userId, Class<? extends SessionEvent> type) {
    return events.all().stream()
        .filter(type::isInstance)
        .filter(event -> event.userId().equals(userId))
        .toList();
  }

  /** Waits until something that happens now is told: what was to be told before is by then. */
  private void assertQuiet() {
    String marker = "marker-" + markers++;
    store.create(marker, marker, EMPTY);
    eventually(() -> assertThat(of(marker, SessionEvent.class)).hasSize(1));
  }
}
