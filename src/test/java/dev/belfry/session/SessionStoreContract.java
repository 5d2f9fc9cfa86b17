package dev.belfry.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every session store does. A subclass makes the store and lets its time pass. */
public abstract class SessionStoreContract {

  /** The time to live of the store's sessions. */
  protected static final Duration TIME_TO_LIVE = Duration.ofMinutes(30);

  protected static final JsonObject EMPTY = JsonValue.EMPTY_JSON_OBJECT;

  protected SessionStore store;

  protected abstract SessionStore createStore();

  /** Lets time pass for the store's sessions. */
  protected abstract void pass(Duration duration);

  @BeforeEach
  void open() {
    store = createStore();
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void createThenFindReturnsWhatWasStored() {
    Session created = store.create("id-1", "alice", json("{'cart': [1, 2]}"));

    assertThat(created.userId()).isEqualTo("alice");
    assertThat(created.state()).isEqualTo(json("{'cart': [1, 2]}"));
    assertThat(created.lastActiveAt()).isEqualTo(created.createdAt());
    assertThat(created.expiresAt()).isEqualTo(created.createdAt().plus(TIME_TO_LIVE));
    assertThat(store.find("id-1")).contains(created);
  }

  @Test
  void createWithoutStateStoresAnEmptyObject() {
    store.create("id-1", "", EMPTY);
    store.mergeState("id-1", json("{'a': 1}"));

    assertThat(stateOf("id-1")).isEqualTo(json("{'a': 1}"));
  }

  @Test
  void createWhenIdIsLiveThenConflictAndNothingChanges() {
    Session first = store.create("id-1", "alice", json("{'mine': true}"));

    for (String owner : List.of("alice", "mallory", "")) {
      assertThatThrownBy(() -> store.create("id-1", owner, EMPTY))
          .isInstanceOfSatisfying(
              SessionConflictException.class,
              conflict -> assertThat(conflict.id()).isEqualTo("id-1"));
    }
    assertThat(store.find("id-1")).contains(first);
  }

  @Test
  void createWhenOwnSessionExpiredThenReplacesIt() {
    store.create("id-1", "alice", json("{'old': 1}"));
    pass(TIME_TO_LIVE);

    Session replacement = store.create("id-1", "alice", json("{'new': 1}"));

    assertThat(store.find("id-1")).contains(replacement);
    assertThat(replacement.state()).isEqualTo(json("{'new': 1}"));
    assertThat(replacement.version()).isPositive();
  }

  @Test
  void createWhenForeignSessionExpiredThenConflict() {
    store.create("id-1", "alice", EMPTY);
    pass(TIME_TO_LIVE);

    assertThatThrownBy(() -> store.create("id-1", "mallory", EMPTY))
        .isInstanceOf(SessionConflictException.class);
    assertThat(store.find("id-1")).isEmpty();
  }

  @Test
  void createConcurrentlyThenOneSucceeds() throws Exception {
    List<Boolean> created =
        concurrently(
            16,
            () -> {
              try {
                store.create("id-1", "alice", EMPTY);
                return true;
              } catch (SessionConflictException expected) {
                return false;
              }
            });

    assertThat(created).containsOnlyOnce(true);
  }

  @Test
  void findWhenAbsentThenEmpty() {
    assertThat(store.find("nobody")).isEmpty();
  }

  @Test
  void findWhenExpiredThenEmpty() {
    store.create("id-1", "alice", EMPTY);
    pass(TIME_TO_LIVE.minusSeconds(5));
    assertThat(store.find("id-1")).isPresent();

    pass(Duration.ofSeconds(5));
    assertThat(store.find("id-1")).isEmpty();
  }

  @Test
  void latestForUserReturnsTheOneActiveLast() {
    store.create("dps_a", "alice", EMPTY);
    pass(Duration.ofSeconds(1));
    store.create("dps_b", "alice", EMPTY);
    pass(Duration.ofSeconds(1));
    store.create("dps_c", "bob", EMPTY);
    store.create("other", "alice", EMPTY);

    assertThat(latest("alice", "dps_")).contains("dps_b");
    pass(Duration.ofSeconds(1));
    store.touch("dps_a");
    assertThat(latest("alice", "dps_")).contains("dps_a");
    pass(Duration.ofSeconds(1));
    store.touch("other");
    assertThat(latest("alice", "")).contains("other");
  }

  @Test
  void latestForUserTakesThePrefixLiterally() {
    store.create("dpsX1", "alice", EMPTY);

    assertThat(latest("alice", "dps_")).isEmpty();
    assertThat(latest("alice", "%")).isEmpty();
  }

  @Test
  void latestForUserFindsNeitherExpiredNorAnonymousSessions() {
    store.create("id-1", "alice", EMPTY);
    pass(TIME_TO_LIVE);
    store.create("id-2", "", EMPTY);

    assertThat(latest("alice", "")).isEmpty();
    assertThat(latest("", "")).isEmpty();
  }

  @Test
  void touchMovesActivityAndExpiry() {
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
  void touchWhenAbsentOrExpiredThenFalse() {
    assertThat(store.touch("nobody")).isFalse();

    store.create("id-1", "alice", EMPTY);
    pass(TIME_TO_LIVE);
    assertThat(store.touch("id-1")).isFalse();
    assertThat(store.find("id-1")).isEmpty();
  }

  @Test
  void deleteEndsTheSessionOnce() {
    store.create("id-1", "alice", EMPTY);

    assertThat(store.delete("id-1")).isTrue();
    assertThat(store.find("id-1")).isEmpty();
    assertThat(store.delete("id-1")).isFalse();
  }

  @Test
  void deleteWhenExpiredThenFalse() {
    store.create("id-1", "alice", EMPTY);
    pass(TIME_TO_LIVE);

    assertThat(store.delete("id-1")).isFalse();
  }

  @Test
  void listPagesThroughAllLiveSessions() {
    List<String> ids = IntStream.range(0, 25).mapToObj("id-%02d"::formatted).toList();
    store.create("expired", "alice", EMPTY);
    pass(TIME_TO_LIVE);
    ids.forEach(id -> store.create(id, "alice", EMPTY));

    List<String> listed = new ArrayList<>();
    Optional<SessionPage.Request> request = Optional.of(SessionPage.Request.first(10));
    int pages = 0;
    while (request.isPresent()) {
      SessionPage page = store.list(request.get());
      assertThat(page.sessions()).hasSizeLessThanOrEqualTo(10);
      page.sessions().forEach(session -> listed.add(session.id()));
      request = page.next();
      pages++;
    }

    assertThat(listed).containsExactlyInAnyOrderElementsOf(ids);
    assertThat(pages).isEqualTo(3);
  }

  @Test
  void listBeyondTheEndIsEmptyAndTheLast() {
    store.create("id-1", "alice", EMPTY);

    SessionPage page = store.list(new SessionPage.Request("zzz", 10));

    assertThat(page.sessions()).isEmpty();
    assertThat(page.next()).isEmpty();
  }

  @Test
  void mergeStateSetsWhatIsNamedAndKeepsTheRest() {
    Session before = store.create("id-1", "alice", json("{'a': {'x': 1}, 'b': 2}"));

    assertThat(store.mergeState("id-1", json("{'a': {'y': 1}, 'c': null}"))).isTrue();

    Session after = store.find("id-1").orElseThrow();
    assertThat(after.state()).isEqualTo(json("{'a': {'y': 1}, 'b': 2, 'c': null}"));
    assertThat(after.version()).isEqualTo(before.version() + 1);
    assertThat(after.expiresAt()).isEqualTo(before.expiresAt());
  }

  @Test
  void mergeStateWhenAbsentOrExpiredThenFalseAndNothingIsWritten() {
    assertThat(store.mergeState("nobody", json("{'a': 1}"))).isFalse();
    assertThat(store.find("nobody")).isEmpty();

    store.create("id-1", "alice", EMPTY);
    pass(TIME_TO_LIVE);
    assertThat(store.mergeState("id-1", json("{'a': 1}"))).isFalse();
    assertThat(store.find("id-1")).isEmpty();
  }

  @Test
  void mergeStateConcurrentlyKeepsEveryMember() throws Exception {
    store.create("id-1", "alice", EMPTY);
    List<Callable<Boolean>> merges =
        IntStream.range(0, 16)
            .<Callable<Boolean>>mapToObj(
                number -> () -> store.mergeState("id-1", json("{'key" + number + "': 1}")))
            .toList();

    assertThat(concurrently(merges)).containsOnly(true);
    assertThat(stateOf("id-1")).hasSize(16);
  }

  static Stream<JsonObject> states() {
    return Stream.of(
        json("{'nested': {'deep': [[], {}, [1, 'two', null, true]]}}"),
        Json.createObjectBuilder()
            .add("integer", new BigDecimal("123456789012345678901234567890"))
            .add("fraction", new BigDecimal("0.1234567890123456789012345678901234567890"))
            .add("negative", -1)
            .build(),
        Json.createObjectBuilder().add("large", "x".repeat(1_000_000)).build(),
        Json.createObjectBuilder()
            .add("unicode", "\uD83D\uDD14 ü 漢 \u0001 \u2028 \" \\ \n")
            .add("\uD83D\uDD14", 1)
            .add("", "empty name")
            .build());
  }

  @ParameterizedTest
  @MethodSource("states")
  void stateComesBackAsItWas(JsonObject state) {
    store.create("created", "alice", state);
    store.create("merged", "alice", EMPTY);
    store.mergeState("merged", state);

    assertThat(stateOf("created")).isEqualTo(state);
    assertThat(stateOf("merged")).isEqualTo(state);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\0b", "\uD83D", "\uDD14\uD83D"})
  void stateThatCannotBeStoredIsRefusedWhereverItIs(String text) {
    JsonObject asValue =
        Json.createObjectBuilder().add("list", Json.createArrayBuilder().add(text)).build();
    JsonObject asName =
        Json.createObjectBuilder().add("in", Json.createObjectBuilder().add(text, 1)).build();
    store.create("id-1", "alice", json("{'a': 1}"));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.create("id-2", "alice", asValue))
        .withMessageContaining("state.list[0]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.mergeState("id-1", asName))
        .withMessageContaining("state.in");
    assertThat(store.find("id-2")).isEmpty();
    assertThat(stateOf("id-1")).isEqualTo(json("{'a': 1}"));
  }

  @Test
  void stateMayBeNestedDeeplyButNotTooDeeply() {
    store.create("id-1", "alice", nested(SessionState.MAX_DEPTH - 1));

    assertThat(stateOf("id-1")).isEqualTo(nested(SessionState.MAX_DEPTH - 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.mergeState("id-1", nested(SessionState.MAX_DEPTH)))
        .withMessage("The state is nested more than 500 deep");
  }

  @Test
  void numberOfTooManyDigitsIsRefusedAndALongOneKept() {
    JsonObject longest =
        Json.createObjectBuilder()
            .add("n", BigDecimal.TEN.pow(SessionState.MAX_DIGITS - 1))
            .build();
    store.create("id-1", "alice", longest);

    assertThat(stateOf("id-1")).isEqualTo(longest);
    for (String number : List.of("1E+1000", "1E+200000", "1E-1000", "1E+2000000000")) {
      JsonObject huge = Json.createObjectBuilder().add("n", new BigDecimal(number)).build();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> store.mergeState("id-1", huge))
          .withMessage("state.n is a number of more than 1000 digits");
    }
    assertThat(stateOf("id-1")).isEqualTo(longest);
  }

  private static JsonObject nested(int depth) {
    JsonObject object = json("{'a': 1}");
    for (int level = 1; level < depth; level++) {
      object = Json.createObjectBuilder().add("o", object).build();
    }
    return object;
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "line\nbreak", "nul\0", "ümlaut", "\uD83D\uDD14"})
  void idThatBreaksTheRulesIsRefusedEverywhereAndNotRepeated(String id) {
    List<Runnable> uses =
        List.of(
            () -> store.create(id, "alice", EMPTY),
            () -> store.find(id),
            () -> store.touch(id),
            () -> store.delete(id),
            () -> store.mergeState(id, EMPTY));

    for (Runnable use : uses) {
      assertThatIllegalArgumentException()
          .isThrownBy(use::run)
          .withMessageStartingWith("A session id is 1 to 128 visible ASCII characters");
    }
  }

  @Test
  void idThatIsTooLongIsRefused() {
    assertThat(store.find("x".repeat(SessionIds.MAX_LENGTH))).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.find("x".repeat(SessionIds.MAX_LENGTH + 1)));
  }

  @Test
  void deleteExpiredRemovesOnlyWhatHasExpired() {
    store.create("old-1", "alice", EMPTY);
    store.create("old-2", "alice", EMPTY);
    pass(TIME_TO_LIVE);
    Session young = store.create("young", "alice", EMPTY);

    assertThat(store.deleteExpired()).isEqualTo(2);
    assertThat(store.deleteExpired()).isZero();
    assertThat(store.find("young")).contains(young);
  }

  @Test
  void checkSucceedsWhileTheStoreCanServe() {
    store.check();
  }

  @Test
  void closedStoreRefusesEverything() {
    store.close();
    store.close();

    assertThatIllegalStateException().isThrownBy(() -> store.find("id-1"));
    assertThatIllegalStateException().isThrownBy(() -> store.create("id-1", "", EMPTY));
    assertThatIllegalStateException().isThrownBy(store::deleteExpired);
    assertThatIllegalStateException().isThrownBy(store::check);
  }

  /** JSON with single quotes, which need no escaping in Java. */
  protected static JsonObject json(String text) {
    return Json.createReader(new StringReader(text.replace('\'', '"'))).readObject();
  }

  protected JsonObject stateOf(String id) {
    return store.find(id).orElseThrow().state();
  }

  private Optional<String> latest(String userId, String prefix) {
    return store.latestForUser(userId, prefix).map(Session::id);
  }

  private static <T> List<T> concurrently(int threads, Callable<T> task) throws Exception {
    return concurrently(IntStream.range(0, threads).mapToObj(number -> task).toList());
  }

  private static <T> List<T> concurrently(List<Callable<T>> tasks) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
    try {
      List<T> results = new ArrayList<>();
      for (var result : threads.invokeAll(tasks)) {
        results.add(result.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }
}
