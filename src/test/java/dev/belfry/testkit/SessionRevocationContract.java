package dev.belfry.testkit;

import static dev.belfry.session.SessionRules.OnExcess.EVICT_OLDEST;
import static dev.belfry.session.SessionRules.OnExcess.REFUSE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belfry.session.Lifetime;
import dev.belfry.session.Session;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionConflictException;
import dev.belfry.session.SessionLimitException;
import dev.belfry.session.SessionQuery;
import dev.belfry.session.SessionRules;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What every {@link dev.belfry.session.SessionRevocation} ends, and the limit for one user. */
public abstract class SessionRevocationContract extends SessionContract {

  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  void deleteAllEndsTheUsersSessionsAloneOnAllReplicas() {
    store.create("alice-1", "alice", EMPTY);
    store.create("alice-2", "alice", EMPTY);
    store.create("bob-1", "bob", EMPTY);
    store.create("anonymous", "", EMPTY);

    assertThat(revocation.deleteAll("alice")).isEqualTo(2);

    assertThat(liveIds(replica())).containsExactlyInAnyOrder("bob-1", "anonymous");
    assertThat(revocation.deleteAll("alice")).isZero();
  }

  @Test
  void deleteAllCountsNoExpiredSessions() {
    store.create("old", "alice", EMPTY);
    pass(TIME_TO_LIVE);
    store.create("young", "alice", EMPTY);

    assertThat(revocation.deleteAll("alice")).isEqualTo(1);
  }

  @Test
  void deleteAllOfTheAnonymousDoesNothing() {
    store.create("anonymous", "", EMPTY);

    assertThat(revocation.deleteAll("")).isZero();
    assertThat(revocation.deleteAllExcept("", "other")).isZero();
    assertThat(store.exists("anonymous")).isTrue();
  }

  @Test
  void deleteAllExceptKeepsOne() {
    store.create("kept", "alice", EMPTY);
    store.create("ended-1", "alice", EMPTY);
    store.create("ended-2", "alice", EMPTY);
    store.create("bob-1", "bob", EMPTY);

    assertThat(revocation.deleteAllExcept("alice", "kept")).isEqualTo(2);

    assertThat(liveIds(replica())).containsExactlyInAnyOrder("kept", "bob-1");
  }

  @Test
  void deleteAllExceptSomebodyElsesEndsAll() {
    store.create("alice-1", "alice", EMPTY);
    store.create("bob-1", "bob", EMPTY);

    assertThat(revocation.deleteAllExcept("alice", "bob-1")).isEqualTo(1);

    assertThat(liveIds(backend)).containsExactly("bob-1");
  }

  @Test
  void rotateGivesTheSessionAnotherIdAndKeepsTheRest() {
    store.create("old", "alice", json("{'a': 1}"), Lifetime.of(Duration.ofMinutes(20)));
    pass(Duration.ofMinutes(5));
    store.touch("old");
    pass(Duration.ofMinutes(5));
    Session before = store.find("old").orElseThrow();

    Session after = revocation.rotate("old", "new").orElseThrow();

    assertThat(after)
        .isEqualTo(
            new Session(
                "new",
                "alice",
                before.createdAt(),
                before.lastActiveAt(),
                before.expiresAt(),
                before.state(),
                before.version() + 1,
                before.negotiated()));
    assertThat(store.find("new")).contains(after);
    assertThat(replica().store().find("new")).contains(after);
    assertThat(replica().store().find("old")).isEmpty();
    assertThat(store.delete("old")).isFalse();
    assertThat(store.exists("new")).isTrue();
  }

  @Test
  void rotateKeepsTheLifetime() {
    Lifetime lifetime = Lifetime.of(Duration.ofMinutes(20)).atMost(Duration.ofMinutes(35));
    store.create("old", "alice", EMPTY, lifetime);
    pass(Duration.ofMinutes(10));
    revocation.rotate("old", "new");

    store.touch("new");
    Session touched = store.find("new").orElseThrow();
    assertThat(touched.expiresAt()).isEqualTo(touched.lastActiveAt().plusSeconds(20 * 60));

    pass(Duration.ofMinutes(10));
    store.touch("new");
    Session last = store.find("new").orElseThrow();
    assertThat(last.expiresAt()).isEqualTo(last.createdAt().plusSeconds(35 * 60));
  }

  @Test
  void rotateWhenAbsentThenEmpty() {
    assertThat(revocation.rotate("nobody", "new")).isEmpty();
    assertThat(store.exists("new")).isFalse();
  }

  @Test
  void rotateWhenNewIdIsTakenThenConflictAndNothingChanges() {
    Session own = store.create("own", "alice", EMPTY);
    Session alices = store.create("alices", "alice", EMPTY);
    Session bobs = store.create("bobs", "bob", EMPTY);

    for (String taken : List.of("alices", "bobs")) {
      assertThatThrownBy(() -> revocation.rotate("own", taken))
          .isInstanceOfSatisfying(
              SessionConflictException.class,
              conflict -> assertThat(conflict.sessionId()).contains(taken));
    }
    assertThat(queries.stream(SessionQuery.all())).containsExactlyInAnyOrder(own, alices, bobs);
  }

  @Test
  void rotateToTheSameIdIsRefused() {
    Session session = store.create("id-1", "alice", EMPTY);

    assertThatIllegalArgumentException().isThrownBy(() -> revocation.rotate("id-1", "id-1"));
    assertThat(store.find("id-1")).contains(session);
  }

  @Test
  void rotateConcurrentlyThenOneHasDoneIt() {
    store.create("old", "alice", EMPTY);

    List<Optional<Session>> rotated =
        concurrently(
            8,
            number ->
                (number % 2 == 0 ? backend : replica())
                    .revocation()
                    .rotate("old", "new-" + number));

    assertThat(ids(rotated.stream().flatMap(Optional::stream))).hasSize(1);
    assertThat(liveIds(backend)).isEqualTo(ids(rotated.stream().flatMap(Optional::stream)));
  }

  @Test
  void rotateConcurrentlyToOneIdThenOneGetsIt() {
    for (int number = 0; number < 8; number++) {
      store.create("old-" + number, "alice", EMPTY);
    }

    List<Boolean> rotated =
        concurrently(
            8,
            number -> {
              try {
                return revocation.rotate("old-" + number, "new").isPresent();
              } catch (SessionConflictException ignored) {
                return false; // As all but one have to.
              }
            });

    assertThat(rotated).containsOnlyOnce(true);
    assertThat(liveIds(backend)).hasSize(8).contains("new");
  }

  @Test
  void limitWithRefusalLetsNoMoreIn() {
    limit(2, REFUSE);
    store.create("id-1", "alice", EMPTY);
    store.create("id-2", "alice", EMPTY);

    assertThatThrownBy(() -> store.create("id-3", "alice", EMPTY))
        .isInstanceOfSatisfying(
            SessionLimitException.class,
            refusal -> {
              assertThat(refusal.sessionId()).contains("id-3");
              assertThat(refusal.isRetryable()).isFalse();
            });
    assertThat(liveIds(backend)).containsExactlyInAnyOrder("id-1", "id-2");

    store.delete("id-1");
    store.create("id-3", "alice", EMPTY);
    pass(TIME_TO_LIVE);
    store.create("id-4", "alice", EMPTY);
    store.create("id-3", "alice", EMPTY);
    assertThat(liveIds(backend)).containsExactlyInAnyOrder("id-3", "id-4");
  }

  @Test
  void limitWithEvictionEndsTheOneInactiveLongest() {
    limit(2, EVICT_OLDEST);
    store.create("id-1", "alice", EMPTY);
    pass(SECOND);
    store.create("id-2", "alice", EMPTY);
    pass(SECOND);
    store.touch("id-1");
    pass(SECOND);

    store.create("id-3", "alice", EMPTY);

    assertThat(liveIds(replica())).containsExactlyInAnyOrder("id-1", "id-3");
  }

  @Test
  void limitOfOneKeepsTheNewest() {
    limit(1, EVICT_OLDEST);

    for (int number = 0; number < 3; number++) {
      store.create("id-" + number, "alice", EMPTY);
      assertThat(liveIds(backend)).containsExactly("id-" + number);
    }
  }

  @Test
  void limitIsEachUsersAndNotTheAnonymouss() {
    limit(1, REFUSE);
    store.create("alice-1", "alice", EMPTY);
    store.create("bob-1", "bob", EMPTY);
    store.create("anonymous-1", "", EMPTY);
    store.create("anonymous-2", "", EMPTY);

    assertThat(queries.count(SessionQuery.all())).isEqualTo(4);
  }

  @Test
  void createThatConflictsEvictsNobody() {
    limit(2, EVICT_OLDEST);
    store.create("id-1", "alice", EMPTY);
    store.create("id-2", "alice", EMPTY);
    store.create("bobs", "bob", EMPTY);

    for (String taken : List.of("id-1", "id-2", "bobs")) {
      assertThatThrownBy(() -> store.create(taken, "alice", EMPTY))
          .isInstanceOf(SessionConflictException.class);
    }
    assertThat(liveIds(backend)).containsExactlyInAnyOrder("id-1", "id-2", "bobs");
  }

  @Test
  void rotateNeedsNoRoom() {
    limit(1, REFUSE);
    store.create("old", "alice", EMPTY);

    assertThat(revocation.rotate("old", "new")).isPresent();
    assertThat(liveIds(backend)).containsExactly("new");
  }

  @Test
  void createConcurrentlyWithRefusalNeverExceedsTheLimit() {
    limit(3, REFUSE);
    SessionBackend other = replica(backendRules(3, REFUSE), event -> {});

    List<Boolean> created =
        concurrently(
            16,
            number -> {
              try {
                (number % 2 == 0 ? backend : other).store().create("id-" + number, "alice", EMPTY);
                return true;
              } catch (SessionLimitException ignored) {
                return false; // As all but three have to.
              }
            });

    assertThat(created).filteredOn(Boolean::booleanValue).hasSize(3);
    assertThat(queries.count(SessionQuery.ofUser("alice"))).isEqualTo(3);
  }

  @Test
  void createConcurrentlyWithEvictionNeverExceedsTheLimit() {
    limit(3, EVICT_OLDEST);
    SessionBackend other = replica(backendRules(3, EVICT_OLDEST), event -> {});

    List<Long> counts =
        concurrently(
            16,
            number -> {
              SessionBackend any = number % 2 == 0 ? backend : other;
              any.store().create("id-" + number, "alice", EMPTY);
              return any.queries().count(SessionQuery.ofUser("alice"));
            });

    assertThat(counts).allMatch(count -> count <= 3);
    assertThat(queries.count(SessionQuery.ofUser("alice"))).isEqualTo(3);
  }

  private void limit(int sessions, SessionRules.OnExcess onExcess) {
    use(backendRules(sessions, onExcess));
  }

  private static SessionRules backendRules(int sessions, SessionRules.OnExcess onExcess) {
    return RULES.limited(new SessionRules.UserLimit(sessions, onExcess));
  }

  private static List<String> liveIds(SessionBackend any) {
    return ids(any.queries().stream(SessionQuery.all()));
  }
}
