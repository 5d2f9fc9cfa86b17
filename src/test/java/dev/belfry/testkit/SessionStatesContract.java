package dev.belfry.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belfry.session.Session;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.StateChange;
import dev.belfry.session.StateChangeException;
import dev.belfry.session.VersionConflictException;
import jakarta.json.Json;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What every {@link dev.belfry.session.SessionStates} makes of a state. */
public abstract class SessionStatesContract extends SessionContract {

  private static final int THREADS = 16;
  private static final int TIMES = 50;

  @Test
  void applyMakesAllChangesInTheirOrder() {
    store.create(
        "id-1", "alice", json("{'n': 1, 'list': ['a'], 'gone': 1, 'o': {'x': 1, 'y': 2}}"));

    Session after =
        states
            .apply(
                "id-1",
                List.of(
                    StateChange.increment("/n", 2),
                    StateChange.append("/list", Json.createValue("b")),
                    StateChange.removeKeys("gone", "never-there"),
                    StateChange.merge(json("{'m': {'deep': 1}}")),
                    StateChange.mergePatch(json("{'o': {'x': null, 'z': 3}}")),
                    StateChange.increment("/m/deep", new BigDecimal("0.5")),
                    StateChange.setAt("/list/0", JsonValue.TRUE)))
            .orElseThrow();

    assertThat(after.state())
        .isEqualTo(
            json("{'n': 3, 'list': [true, 'b'], 'm': {'deep': 1.5}, 'o': {'y': 2, 'z': 3}}"));
    assertThat(store.find("id-1")).contains(after);
    assertThat(replica().store().find("id-1")).contains(after);
  }

  @Test
  void applyCountsOnceAndDoesNotTouch() {
    store.create("id-1", "alice", EMPTY);
    pass(Duration.ofMinutes(1));
    Session before = store.find("id-1").orElseThrow();

    Session after =
        states
            .apply("id-1", List.of(StateChange.increment("/n", 1), StateChange.increment("/n", 1)))
            .orElseThrow();

    assertThat(after.version()).isEqualTo(before.version() + 1);
    assertThat(after.lastActiveAt()).isEqualTo(before.lastActiveAt());
    assertThat(after.expiresAt()).isEqualTo(before.expiresAt());
    assertThat(after.userId()).isEqualTo("alice");
  }

  @Test
  void applyMakesWhatIsMissingOnTheWay() {
    store.create("id-1", "alice", EMPTY);

    states.apply("id-1", StateChange.increment("/stats/views", 7));
    states.apply("id-1", StateChange.append("/log/lines", Json.createValue("first")));
    states.apply("id-1", StateChange.setAt("/a/b/c", JsonValue.NULL));

    assertThat(stateOf("id-1"))
        .isEqualTo(
            json("{'stats': {'views': 7}, 'log': {'lines': ['first']}, 'a': {'b': {'c': null}}}"));
  }

  @Test
  void applyWhenOneChangeDoesNotFitThenNoneIsMade() {
    Session before = store.create("id-1", "alice", json("{'n': 1, 'text': 'x', 'none': null}"));
    List<StateChange> misfits =
        List.of(
            StateChange.increment("/text", 1),
            StateChange.increment("/none", 1),
            StateChange.append("/n", JsonValue.TRUE),
            StateChange.setAt("/text/deeper", JsonValue.TRUE));

    for (StateChange misfit : misfits) {
      List<StateChange> changes = List.of(StateChange.increment("/n", 1), misfit);
      assertThatThrownBy(() -> states.apply("id-1", changes))
          .isInstanceOf(StateChangeException.class);
    }
    assertThat(store.find("id-1")).contains(before);
  }

  @Test
  void applyWhenAbsentThenEmpty() {
    assertThat(states.apply("nobody", StateChange.increment("/n", 1))).isEmpty();
    assertThat(store.exists("nobody")).isFalse();
  }

  @Test
  void applyOfNoChangesIsRefused() {
    store.create("id-1", "alice", EMPTY);

    assertThatIllegalArgumentException().isThrownBy(() -> states.apply("id-1", List.of()));
  }

  @Test
  void incrementsOfManyThreadsAreAllKept() {
    store.create("id-1", "alice", EMPTY);

    List<Set<Long>> versions =
        concurrently(
            THREADS,
            thread -> {
              Set<Long> seen = new HashSet<>();
              for (int time = 0; time < TIMES; time++) {
                seen.add(
                    replicaFor(thread)
                        .states()
                        .apply("id-1", StateChange.increment("/n", 1))
                        .orElseThrow()
                        .version());
              }
              return seen;
            });

    assertThat(stateOf("id-1").getInt("n")).isEqualTo(THREADS * TIMES);
    assertThat(store.find("id-1").orElseThrow().version()).isEqualTo(THREADS * TIMES);
    assertThat(versions.stream().flatMap(Set::stream)).doesNotHaveDuplicates();
  }

  @Test
  void appendsOfManyThreadsAreAllKeptInEachThreadsOrder() {
    store.create("id-1", "alice", EMPTY);

    concurrently(
        8,
        thread -> {
          for (int time = 0; time < 10; time++) {
            JsonValue item = Json.createValue(thread * 10 + time);
            replicaFor(thread).states().apply("id-1", StateChange.append("/list", item));
          }
          return true;
        });

    List<Integer> items =
        stateOf("id-1").getJsonArray("list").getValuesAs(JsonNumber.class).stream()
            .map(JsonNumber::intValue)
            .toList();
    assertThat(items).hasSize(80).doesNotHaveDuplicates();
    for (int thread = 0; thread < 8; thread++) {
      int its = thread;
      assertThat(items.stream().filter(item -> item / 10 == its)).isSorted();
    }
  }

  @Test
  void compareAndSetWithTheVersionThenReplacesTheState() {
    Session before = store.create("id-1", "alice", json("{'a': 1}"));

    Session after = states.compareAndSet("id-1", before.version(), json("{'b': 2}")).orElseThrow();

    assertThat(after.state()).isEqualTo(json("{'b': 2}"));
    assertThat(after.version()).isEqualTo(before.version() + 1);
    assertThat(after.expiresAt()).isEqualTo(before.expiresAt());
    assertThat(store.find("id-1")).contains(after);
  }

  @Test
  void compareAndSetWithAnotherVersionThenConflictAndNothingChanges() {
    Session before = store.create("id-1", "alice", json("{'a': 1}"));
    replica().store().mergeState("id-1", json("{'a': 2}"));

    for (long version : new long[] {before.version(), before.version() + 2, -1}) {
      assertThatThrownBy(() -> states.compareAndSet("id-1", version, EMPTY))
          .isInstanceOfSatisfying(
              VersionConflictException.class,
              conflict -> {
                assertThat(conflict.sessionId()).contains("id-1");
                assertThat(conflict.isRetryable()).isFalse();
              });
    }
    assertThat(stateOf("id-1")).isEqualTo(json("{'a': 2}"));
  }

  @Test
  void compareAndSetWhenAbsentThenEmpty() {
    assertThat(states.compareAndSet("nobody", 0, json("{'a': 1}"))).isEmpty();
    assertThat(store.exists("nobody")).isFalse();
  }

  @Test
  void compareAndSetConcurrentlyThenOneIsFirst() {
    Session before = store.create("id-1", "alice", EMPTY);

    List<Boolean> set =
        concurrently(
            8,
            thread -> {
              try {
                return replicaFor(thread)
                    .states()
                    .compareAndSet("id-1", before.version(), json("{'by': " + thread + "}"))
                    .isPresent();
              } catch (VersionConflictException ignored) {
                return false; // As all but one have to.
              }
            });

    assertThat(set).containsOnlyOnce(true);
    assertThat(stateOf("id-1").getInt("by")).isEqualTo(set.indexOf(true));
  }

  @Test
  void updateReplacesTheStateByWhatIsMadeOfIt() {
    Session before = store.create("id-1", "alice", json("{'n': 1}"));

    Session after = states.update("id-1", SessionStatesContract::incremented).orElseThrow();

    assertThat(after.state()).isEqualTo(json("{'n': 2}"));
    assertThat(after.version()).isEqualTo(before.version() + 1);
    assertThat(store.find("id-1")).contains(after);
  }

  @Test
  void updateWhenAbsentThenEmptyAndNothingIsMade() {
    AtomicInteger calls = new AtomicInteger();

    assertThat(states.update("nobody", state -> json("{'n': " + calls.incrementAndGet() + "}")))
        .isEmpty();
    assertThat(calls).hasValue(0);
  }

  @Test
  void updateWhenSomebodyIsFirstThenIsMadeAgainOfTheNewState() {
    store.create("id-1", "alice", json("{'n': 0}"));
    List<JsonObject> seen = new ArrayList<>();

    Session after =
        states
            .update(
                "id-1",
                state -> {
                  seen.add(state);
                  if (seen.size() <= 2) {
                    elsewhere(() -> states.apply("id-1", StateChange.increment("/n", 10)));
                  }
                  return incremented(state);
                })
            .orElseThrow();

    assertThat(seen).containsExactly(json("{'n': 0}"), json("{'n': 10}"), json("{'n': 20}"));
    assertThat(after.state()).isEqualTo(json("{'n': 21}"));
    assertThat(stateOf("id-1")).isEqualTo(json("{'n': 21}"));
  }

  @Test
  void updateWhenOthersAreAlwaysFirstThenConflictAndTheirsStays() {
    store.create("id-1", "alice", json("{'n': 0}"));
    AtomicInteger calls = new AtomicInteger();

    assertThatThrownBy(
            () ->
                states.update(
                    "id-1",
                    state -> {
                      calls.incrementAndGet();
                      elsewhere(() -> store.mergeState("id-1", json("{'n': -1}")));
                      return incremented(state);
                    }))
        .isInstanceOf(VersionConflictException.class);

    assertThat(stateOf("id-1")).isEqualTo(json("{'n': -1}"));
    assertThat(calls.get()).isBetween(2, 100);
  }

  @Test
  void updateWhenTheSessionEndsMeanwhileThenEmptyAndItStaysDead() {
    store.create("id-1", "alice", json("{'n': 0}"));

    Optional<Session> after =
        states.update(
            "id-1",
            state -> {
              elsewhere(() -> store.delete("id-1"));
              return incremented(state);
            });

    assertThat(after).isEmpty();
    assertThat(store.find("id-1")).isEmpty();
  }

  @Test
  void updateWhenTheFunctionFailsThenFailsSoAndChangesNothing() {
    Session before = store.create("id-1", "alice", json("{'n': 0}"));
    IllegalStateException failure = new IllegalStateException("of the function");

    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                states.update(
                    "id-1",
                    state -> {
                      throw failure;
                    }))
        .isSameAs(failure);

    assertThat(store.find("id-1")).contains(before);
  }

  @Test
  void updatesOfManyThreadsLoseNoneThatSucceeded() {
    store.create("id-1", "alice", json("{'n': 0}"));

    List<Integer> succeeded =
        concurrently(
            4,
            thread -> {
              int updates = 0;
              for (int time = 0; time < 25; time++) {
                try {
                  replicaFor(thread).states().update("id-1", SessionStatesContract::incremented);
                  updates++;
                } catch (VersionConflictException ignored) {
                  // Allowed; it must not have counted then.
                }
              }
              return updates;
            });

    int updates = succeeded.stream().mapToInt(Integer::intValue).sum();
    assertThat(updates).isPositive();
    assertThat(stateOf("id-1").getInt("n")).isEqualTo(updates);
  }

  private SessionBackend replicaFor(int thread) {
    return thread % 2 == 0 ? backend : replica();
  }

  private static JsonObject incremented(JsonObject state) {
    return Json.createObjectBuilder(state).add("n", state.getInt("n") + 1).build();
  }

  /** On another thread: what the function must not do, somebody else may. */
  private static <T> void elsewhere(Callable<T> task) {
    concurrently(List.of(task));
  }
}
