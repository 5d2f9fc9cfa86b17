package dev.belfry.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.belfry.session.Lifetime;
import dev.belfry.session.Session;
import dev.belfry.session.SessionConflictException;
import dev.belfry.session.SessionPage;
import dev.belfry.session.SessionQuery;
import dev.belfry.session.SessionStore.Touched;
import dev.belfry.session.StateChange;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every {@link dev.belfry.session.SessionStore} does. */
public abstract class SessionStoreContract extends SessionContract {

  @Test
  void createThenFindReturnsWhatWasStored() {
    Session created = store.create("id-1", "alice", json("{'cart': [1, 2]}"));

    assertThat(created.id()).isEqualTo("id-1");
    assertThat(created.userId()).isEqualTo("alice");
    assertThat(created.state()).isEqualTo(json("{'cart': [1, 2]}"));
    assertThat(created.version()).isZero();
    assertThat(created.lastActiveAt()).isEqualTo(created.createdAt());
    assertThat(created.expiresAt()).isEqualTo(created.createdAt().plus(TIME_TO_LIVE));
    assertThat(store.find("id-1")).contains(created);
  }

  @Test
  void createOnOneReplicaIsFoundOnAnother() {
    Session created = store.create("id-1", "alice", json("{'a': 1}"));

    assertThat(replica().store().find("id-1")).contains(created);
  }

  @Test
  void createWhenIdIsLiveThenConflictAndNothingChanges() {
    Session first = store.create("id-1", "alice", json("{'mine': true}"));

    for (String owner : List.of("alice", "mallory", "")) {
      assertThatThrownBy(() -> store.create("id-1", owner, EMPTY))
          .isInstanceOfSatisfying(
              SessionConflictException.class,
              conflict -> assertThat(conflict.sessionId()).contains("id-1"));
    }
    assertThat(store.find("id-1")).contains(first);
  }

  @Test
  void createWhenOwnSessionExpiredThenReplacesItAndGoesOnCounting() {
    store.create("id-1", "alice", json("{'old': 1}"));
    store.mergeState("id-1", json("{'older': 1}"));
    pass(TIME_TO_LIVE);

    Session replacement = store.create("id-1", "alice", json("{'new': 1}"));

    assertThat(store.find("id-1")).contains(replacement);
    assertThat(replacement.state()).isEqualTo(json("{'new': 1}"));
    assertThat(replacement.lastActiveAt()).isEqualTo(replacement.createdAt());
    assertThat(replacement.version()).isGreaterThan(1);
  }

  @Test
  void createConcurrentlyThenOneSucceeds() {
    List<Boolean> created =
        concurrently(
            16,
            number -> {
              try {
                (number % 2 == 0 ? backend : replica()).store().create("id-1", "alice", EMPTY);
                return true;
              } catch (SessionConflictException ignored) {
                return false; // As all but one have to.
              }
            });

    assertThat(created).containsOnlyOnce(true);
    assertThat(store.exists("id-1")).isTrue();
  }

  @Test
  void findWhenAbsentThenEmpty() {
    assertThat(store.find("nobody")).isEmpty();
    assertThat(store.exists("nobody")).isFalse();
  }

  @Test
  void findWhenExpiredThenEmpty() {
    store.create("id-1", "alice", EMPTY);
    pass(TIME_TO_LIVE.minusSeconds(5));
    assertThat(store.find("id-1")).isPresent();
    assertThat(store.exists("id-1")).isTrue();

    pass(Duration.ofSeconds(5));
    assertThat(store.find("id-1")).isEmpty();
    assertThat(store.exists("id-1")).isFalse();
  }

  @Test
  void lifetimeOfItsOwnIsKeptThroughTouches() {
    Session created = store.create("id-1", "alice", EMPTY, Lifetime.of(Duration.ofMinutes(5)));
    assertThat(created.expiresAt()).isEqualTo(created.createdAt().plus(Duration.ofMinutes(5)));

    pass(Duration.ofMinutes(3));
    assertThat(store.touch("id-1")).isTrue();
    Session touched = store.find("id-1").orElseThrow();
    assertThat(touched.expiresAt()).isEqualTo(touched.lastActiveAt().plus(Duration.ofMinutes(5)));

    pass(Duration.ofMinutes(5));
    assertThat(store.find("id-1")).isEmpty();
  }

  @Test
  void maximumEndsASessionHoweverOftenItIsTouched() {
    Duration maximum = Duration.ofMinutes(40);
    store.create("id-1", "alice", EMPTY, Lifetime.of(TIME_TO_LIVE).atMost(maximum));

    for (int touch = 0; touch < 3; touch++) {
      pass(Duration.ofMinutes(10));
      assertThat(store.touch("id-1")).isTrue();
    }
    Session last = store.find("id-1").orElseThrow();
    assertThat(last.expiresAt()).isEqualTo(last.createdAt().plus(maximum));

    pass(Duration.ofMinutes(10));
    assertThat(store.touch("id-1")).isFalse();
    assertThat(store.find("id-1")).isEmpty();
  }

  @Test
  void maximumThatIsShorterThanTheTimeToLiveCountsFromTheStart() {
    Duration maximum = Duration.ofMinutes(10);

    Session created =
        store.create("id-1", "alice", EMPTY, Lifetime.of(TIME_TO_LIVE).atMost(maximum));

    assertThat(created.expiresAt()).isEqualTo(created.createdAt().plus(maximum));
  }

  @Test
  void touchMovesActivityAndExpiryAndNothingElse() {
    Session before = store.create("id-1", "alice", json("{'a': 1}"));
    pass(Duration.ofMinutes(20));

    assertThat(store.touch("id-1")).isTrue();
    pass(Duration.ofMinutes(20));

    Session after = store.find("id-1").orElseThrow();
    assertThat(Duration.between(after.lastActiveAt(), after.expiresAt())).isEqualTo(TIME_TO_LIVE);
    assertThat(Duration.between(after.createdAt(), after.lastActiveAt()))
        .isGreaterThanOrEqualTo(Duration.ofMinutes(20));
    assertThat(after.state()).isEqualTo(before.state());
    assertThat(after.version()).isEqualTo(before.version());
  }

  @Test
  void touchWhenAbsentThenFalse() {
    assertThat(store.touch("nobody")).isFalse();
    assertThat(store.find("nobody")).isEmpty();
  }

  @Test
  void touchAllTouchesTheLiveAndNamesTheOthers() {
    store.create("expired", "alice", EMPTY, Lifetime.of(Duration.ofMinutes(1)));
    store.create("deleted", "alice", EMPTY);
    store.create("live-1", "alice", EMPTY);
    store.create("live-2", "bob", EMPTY);
    store.create("other", "bob", EMPTY);
    store.delete("deleted");
    pass(Duration.ofMinutes(20));

    Touched result =
        store.touchAll(List.of("live-1", "expired", "deleted", "nobody", "live-2", "live-1"));

    assertThat(result)
        .isEqualTo(new Touched(Set.of("live-1", "live-2"), Set.of("expired", "deleted", "nobody")));
    pass(Duration.ofMinutes(20));
    assertThat(ids(queries.stream(SessionQuery.all())))
        .containsExactlyInAnyOrder("live-1", "live-2");
  }

  @Test
  void touchAllOfNoneTouchesNone() {
    assertThat(store.touchAll(List.of())).isEqualTo(new Touched(Set.of(), Set.of()));
  }

  @Test
  void touchAllTakesThousands() {
    List<String> live = IntStream.range(0, 20).mapToObj("live-%02d"::formatted).toList();
    List<String> gone = IntStream.range(0, 1_980).mapToObj("gone-%04d"::formatted).toList();
    live.forEach(id -> store.create(id, "alice", EMPTY));

    Touched result =
        store.touchAll(
            IntStream.range(0, 2_000)
                .mapToObj(
                    index ->
                        index % 100 == 0
                            ? live.get(index / 100)
                            : gone.get(index - index / 100 - 1))
                .toList());

    assertThat(result.touched()).containsExactlyInAnyOrderElementsOf(live);
    assertThat(result.gone()).containsExactlyInAnyOrderElementsOf(gone);
  }

  @Test
  void deleteEndsTheSessionOnceOnAllReplicas() {
    store.create("id-1", "alice", EMPTY);
    assertThat(replica().store().exists("id-1")).isTrue();

    assertThat(store.delete("id-1")).isTrue();

    assertThat(replica().store().find("id-1")).isEmpty();
    assertThat(store.find("id-1")).isEmpty();
    assertThat(store.delete("id-1")).isFalse();
  }

  @Test
  void deleteWhenAbsentThenFalseAndTheIdIsFree() {
    assertThat(store.delete("id-1")).isFalse();

    store.create("id-1", "alice", EMPTY);
    assertThat(store.exists("id-1")).isTrue();
  }

  @Test
  void deleteConcurrentlyThenOneHasDoneIt() {
    store.create("id-1", "alice", EMPTY);

    assertThat(concurrently(8, number -> store.delete("id-1"))).containsOnlyOnce(true);
  }

  @Test
  void mergeStateSetsWhatIsNamedAndKeepsTheRest() {
    Session before = store.create("id-1", "alice", json("{'a': {'x': 1}, 'b': 2}"));

    assertThat(store.mergeState("id-1", json("{'a': {'y': 1}, 'c': null}"))).isTrue();

    Session after = store.find("id-1").orElseThrow();
    assertThat(after.state()).isEqualTo(json("{'a': {'y': 1}, 'b': 2, 'c': null}"));
    assertThat(after.version()).isEqualTo(before.version() + 1);
    assertThat(after.lastActiveAt()).isEqualTo(before.lastActiveAt());
    assertThat(after.expiresAt()).isEqualTo(before.expiresAt());
  }

  @Test
  void mergeStateWhenAbsentThenFalseAndNothingIsWritten() {
    assertThat(store.mergeState("nobody", json("{'a': 1}"))).isFalse();
    assertThat(store.find("nobody")).isEmpty();
  }

  @Test
  void mergeStateConcurrentlyKeepsEveryMember() {
    store.create("id-1", "alice", EMPTY);

    List<Boolean> merged =
        concurrently(
            16,
            number ->
                (number % 2 == 0 ? backend : replica())
                    .store()
                    .mergeState("id-1", json("{'key" + number + "': 1}")));

    assertThat(merged).containsOnly(true);
    assertThat(stateOf("id-1")).hasSize(16);
    assertThat(store.find("id-1").orElseThrow().version()).isEqualTo(16);
  }

  @Test
  void deleteExpiredEndsOnlyWhatHasExpiredAndOnlyOnce() {
    store.create("old-1", "alice", EMPTY);
    store.create("old-2", "alice", EMPTY);
    store.create("deleted", "alice", EMPTY);
    store.delete("deleted");
    pass(TIME_TO_LIVE);
    Session young = store.create("young", "alice", EMPTY);

    assertThat(store.deleteExpired()).isEqualTo(2);
    assertThat(store.deleteExpired()).isZero();
    assertThat(store.find("young")).contains(young);
  }

  @Test
  void deleteExpiredOnManyReplicasAtOnceEndsEachOnce() {
    IntStream.range(0, 50).forEach(n -> store.create("id-" + n, "alice", EMPTY));
    pass(TIME_TO_LIVE);

    List<Integer> ended =
        concurrently(8, number -> (number % 2 == 0 ? backend : replica()).store().deleteExpired());

    assertThat(ended.stream().mapToInt(Integer::intValue).sum() + store.deleteExpired())
        .isEqualTo(50);
  }

  @Test
  void checkSucceedsWhileTheStoreCanServe() {
    store.check();
  }

  @Test
  void closedStoreRefusesEverything() {
    store.create("id-1", "alice", EMPTY);
    store.close();
    store.close();

    List<Runnable> uses =
        List.of(
            () -> store.find("id-1"),
            () -> store.exists("id-1"),
            () -> store.create("id-2", "", EMPTY),
            () -> store.create("id-2", "", EMPTY, Lifetime.of(TIME_TO_LIVE)),
            () -> store.touch("id-1"),
            () -> store.touchAll(List.of("id-1")),
            () -> store.delete("id-1"),
            () -> store.mergeState("id-1", EMPTY),
            store::deleteExpired,
            store::check,
            () -> queries.list(SessionQuery.all(), SessionPage.Request.first(1)),
            () -> queries.count(SessionQuery.all()),
            () -> queries.latestForUser("alice", ""),
            () -> revocation.deleteAll("alice"),
            () -> revocation.deleteAllExcept("alice", "id-1"),
            () -> revocation.rotate("id-1", "id-2"),
            () -> states.apply("id-1", StateChange.increment("/n", 1)),
            () -> states.compareAndSet("id-1", 0, EMPTY),
            () -> states.update("id-1", state -> state));
    for (Runnable use : uses) {
      assertThatIllegalStateException()
          .isThrownBy(use::run)
          .withMessage("The session store is closed");
    }
  }

  @Test
  void closeLeavesWhatIsStoredToOtherReplicas() {
    Session created = store.create("id-1", "alice", EMPTY);
    // A backend that is its own replica ends with its sessions.
    assumeThat(replica()).isNotSameAs(backend);
    store.close();

    assertThat(replica().store().find("id-1")).contains(created);
  }
}
