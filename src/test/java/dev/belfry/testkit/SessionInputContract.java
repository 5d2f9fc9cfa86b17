package dev.belfry.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belfry.session.Lifetime;
import dev.belfry.session.Session;
import dev.belfry.session.SessionIds;
import dev.belfry.session.SessionPage;
import dev.belfry.session.SessionQuery;
import dev.belfry.session.StateChange;
import dev.belfry.session.StateRules;
import dev.belfry.session.StateTooLargeException;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import java.math.BigDecimal;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every session backend takes and gives back as it was, and what it refuses. */
public abstract class SessionInputContract extends SessionContract {

  private static final int SMALL = 1_000;

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
    store.create("set", "alice", EMPTY);
    store.create("part", "alice", EMPTY);

    store.mergeState("merged", state);
    states.compareAndSet("set", 0, state);
    states.apply("part", StateChange.setAt("/part", state));

    assertThat(stateOf("created")).isEqualTo(state);
    assertThat(stateOf("merged")).isEqualTo(state);
    assertThat(stateOf("set")).isEqualTo(state);
    assertThat(stateOf("part").getJsonObject("part")).isEqualTo(state);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\0b", "\uD83D", "\uDD14\uD83D"})
  void textThatCannotBeStoredIsRefusedWhereverItIs(String text) {
    JsonObject asValue =
        Json.createObjectBuilder().add("list", Json.createArrayBuilder().add(text)).build();
    JsonObject asName =
        Json.createObjectBuilder().add("in", Json.createObjectBuilder().add(text, 1)).build();

    assertRefusedEverywhere(asValue, "list[0]");
    assertRefusedEverywhere(asName, "in");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1E+1000", "1E+200000", "1E-1000", "1E+2000000000"})
  void numberOfTooManyDigitsIsRefused(String number) {
    assertRefusedEverywhere(
        Json.createObjectBuilder().add("n", new BigDecimal(number)).build(),
        "n is a number of more than 1000 digits");
  }

  @Test
  void nestingTooDeeplyIsRefused() {
    assertRefusedEverywhere(nested(StateRules.MAX_DEPTH + 1), "is nested more than 500 deep");
  }

  private void assertRefusedEverywhere(JsonObject state, String reason) {
    store.create("id-1", "alice", json("{'a': 1}"));
    List<Runnable> uses =
        List.of(
            () -> store.create("id-2", "alice", state),
            () -> store.create("id-2", "alice", state, Lifetime.of(TIME_TO_LIVE)),
            () -> store.mergeState("id-1", state),
            () -> states.compareAndSet("id-1", 0, state),
            () -> states.update("id-1", before -> state),
            () -> states.apply("id-1", StateChange.merge(state)),
            () -> states.apply("id-1", StateChange.mergePatch(state)),
            () -> states.apply("id-1", StateChange.append("/list", state)),
            () -> states.apply("id-1", StateChange.setAt("/in", state)));

    for (Runnable use : uses) {
      assertThatIllegalArgumentException().isThrownBy(use::run).withMessageContaining(reason);
    }
    assertThat(store.find("id-2")).isEmpty();
    assertThat(stateOf("id-1")).isEqualTo(json("{'a': 1}"));
    store.delete("id-1");
    pass(RULES.reviveWindow().plusSeconds(1));
    store.deleteExpired();
  }

  @ParameterizedTest
  @MethodSource("negotiated")
  void whatWasNegotiatedComesBackAsItWasAndStays(JsonObject negotiated) {
    Session created = create("id-1", negotiated);

    assertThat(created.negotiated()).isEqualTo(negotiated);
    assertThat(negotiatedOf("id-1")).isEqualTo(negotiated);
    assertThat(replica().store().find("id-1")).contains(created);
    assertThat(queries.stream(SessionQuery.all()))
        .allMatch(session -> session.negotiated().equals(negotiated));
    store.touch("id-1");
    store.mergeState("id-1", json("{'a': 1}"));
    assertThat(states.apply("id-1", StateChange.increment("/n", 1)).orElseThrow().negotiated())
        .isEqualTo(negotiated);
    assertThat(states.update("id-1", state -> EMPTY).orElseThrow().negotiated())
        .isEqualTo(negotiated);
    assertThat(states.compareAndSet("id-1", 3, EMPTY).orElseThrow().negotiated())
        .isEqualTo(negotiated);
    assertThat(revocation.rotate("id-1", "id-2").orElseThrow().negotiated()).isEqualTo(negotiated);
    assertThat(negotiatedOf("id-2")).isEqualTo(negotiated);
  }

  static Stream<JsonObject> negotiated() {
    return Stream.concat(
        Stream.of(EMPTY, ofBytes(StateRules.MAX_NEGOTIATED_BYTES)),
        states().filter(state -> !state.containsKey("large")));
  }

  @Test
  void replacementOfWhatHasExpiredHasWhatItNegotiatedItself() {
    create("id-1", json("{'old': 1}"));
    create("id-2", json("{'old': 1}"));
    pass(TIME_TO_LIVE);

    create("id-1", json("{'new': 1}"));
    store.create("id-2", "alice", EMPTY);

    assertThat(negotiatedOf("id-1")).isEqualTo(json("{'new': 1}"));
    assertThat(negotiatedOf("id-2")).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("unstorable")
  void whatWasNegotiatedIsRefusedIfItCannotBeStored(JsonObject negotiated, String reason) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> create("id-1", negotiated))
        .withMessageContaining("negotiated")
        .withMessageContaining(reason);
    assertThat(store.exists("id-1")).isFalse();
  }

  static Stream<Arguments> unstorable() {
    return Stream.of(
        Arguments.of(Json.createObjectBuilder().add("name", "a\0b").build(), "name"),
        Arguments.of(Json.createObjectBuilder().add("name", "\uD83D").build(), "name"),
        Arguments.of(Json.createObjectBuilder().add("\uD83D", 1).build(), "surrogate"),
        Arguments.of(
            Json.createObjectBuilder().add("n", new BigDecimal("1E+1000")).build(), "digits"),
        Arguments.of(nested(StateRules.MAX_DEPTH + 1), "nested"),
        Arguments.of(json("{'$belfry': 1}"), "$belfry"),
        Arguments.of(ofBytes(StateRules.MAX_NEGOTIATED_BYTES + 1), "65537 bytes"),
        Arguments.of(
            Json.createObjectBuilder().add("name", "漢".repeat(22_000)).build(), "at most 65536"),
        Arguments.of(numbers(), "at most 65536"));
  }

  /** Short as it is written here, and long as PostgreSQL writes it out. */
  private static JsonObject numbers() {
    JsonArrayBuilder numbers = Json.createArrayBuilder();
    IntStream.range(0, 80).forEach(number -> numbers.add(new BigDecimal("1E+900")));
    return Json.createObjectBuilder().add("list", numbers).build();
  }

  /** Takes so many bytes as JSON. */
  private static JsonObject ofBytes(int bytes) {
    return Json.createObjectBuilder().add("x", "y".repeat(bytes - "{'x':''}".length())).build();
  }

  private Session create(String id, JsonObject negotiated) {
    return store.create(id, "alice", EMPTY, RULES.lifetime(), negotiated);
  }

  private JsonObject negotiatedOf(String id) {
    return store.find(id).orElseThrow().negotiated();
  }

  @Test
  void stateAtTheLimitsIsKept() {
    JsonObject longest =
        Json.createObjectBuilder().add("n", BigDecimal.TEN.pow(StateRules.MAX_DIGITS - 1)).build();

    store.create("deep", "alice", nested(StateRules.MAX_DEPTH));
    store.create("long", "alice", longest);

    assertThat(stateOf("deep")).isEqualTo(nested(StateRules.MAX_DEPTH));
    assertThat(stateOf("long")).isEqualTo(longest);
  }

  @Test
  void changeThatMakesAStateUnstorableIsRefusedAndChangesNothing() {
    BigDecimal largest = BigDecimal.TEN.pow(StateRules.MAX_DIGITS).subtract(BigDecimal.ONE);
    store.create("long", "alice", Json.createObjectBuilder().add("n", largest).build());
    JsonObject deep = nested(StateRules.MAX_DEPTH - 1);
    store.create("deep", "alice", EMPTY);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> states.apply("long", StateChange.increment("/n", 1)))
        .withMessageContaining("1000 digits");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> states.apply("deep", StateChange.append("/list", deep)))
        .withMessageContaining("nested");

    assertThat(stateOf("long").getJsonNumber("n").bigDecimalValue()).isEqualTo(largest);
    assertThat(stateOf("deep")).isEmpty();
  }

  @Test
  void stateThatIsTooLargeIsRefusedAndChangesNothing() {
    use(RULES.withMaxStateBytes(SMALL));
    JsonObject fits = Json.createObjectBuilder().add("text", "x".repeat(900)).build();
    JsonObject tooLarge = Json.createObjectBuilder().add("text", "x".repeat(1_001)).build();
    // 400 characters, but three bytes each.
    JsonObject tooManyBytes = Json.createObjectBuilder().add("text", "漢".repeat(400)).build();
    store.create("id-1", "alice", fits);

    for (JsonObject state : List.of(tooLarge, tooManyBytes)) {
      assertTooLarge("id-2", () -> store.create("id-2", "alice", state));
      assertTooLarge("id-1", () -> store.mergeState("id-1", state));
      assertTooLarge("id-1", () -> states.compareAndSet("id-1", 0, state));
      assertTooLarge("id-1", () -> states.update("id-1", before -> state));
      assertTooLarge("id-1", () -> states.apply("id-1", StateChange.merge(state)));
    }
    assertThat(store.find("id-2")).isEmpty();
    assertThat(stateOf("id-1")).isEqualTo(fits);
  }

  @Test
  void stateThatGrowsTooLargeByAndByIsRefused() {
    use(RULES.withMaxStateBytes(SMALL));
    JsonObject half = Json.createObjectBuilder().add("a", "x".repeat(600)).build();
    store.create("id-1", "alice", half);
    JsonObject otherHalf = Json.createObjectBuilder().add("b", "x".repeat(600)).build();

    assertTooLarge("id-1", () -> store.mergeState("id-1", otherHalf));
    assertTooLarge(
        "id-1",
        () -> states.apply("id-1", StateChange.append("/list", Json.createValue("x".repeat(600)))));
    assertThat(stateOf("id-1")).isEqualTo(half);
    assertThat(store.find("id-1").orElseThrow().version()).isZero();
  }

  private static void assertTooLarge(String id, Runnable use) {
    assertThatThrownBy(use::run)
        .isInstanceOfSatisfying(
            StateTooLargeException.class,
            failure -> {
              assertThat(failure.sessionId()).contains(id);
              assertThat(failure.isRetryable()).isFalse();
            })
        .hasMessageContaining(Integer.toString(SMALL));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "line\nbreak", "nul\0", "ümlaut", "\uD83D\uDD14"})
  void idThatBreaksTheRulesIsRefusedEverywhereAndNotRepeated(String id) {
    assertIdIsRefused(id);
  }

  @Test
  void idThatIsTooLongIsRefused() {
    String longest = "x".repeat(SessionIds.MAX_LENGTH);

    store.create(longest, "alice", EMPTY);

    assertThat(store.exists(longest)).isTrue();
    assertIdIsRefused(longest + "x");
  }

  private void assertIdIsRefused(String id) {
    store.create("id-1", "alice", EMPTY);
    List<Runnable> uses =
        List.of(
            () -> store.create(id, "alice", EMPTY),
            () -> store.create(id, "alice", EMPTY, Lifetime.of(TIME_TO_LIVE)),
            () -> store.find(id),
            () -> store.revive(id, "alice"),
            () -> store.exists(id),
            () -> store.touch(id),
            () -> store.touchAll(List.of("id-1", id)),
            () -> store.delete(id),
            () -> store.mergeState(id, EMPTY),
            () -> revocation.deleteAllExcept("alice", id),
            () -> revocation.rotate(id, "id-2"),
            () -> revocation.rotate("id-1", id),
            () -> states.apply(id, StateChange.increment("/n", 1)),
            () -> states.compareAndSet(id, 0, EMPTY),
            () -> states.update(id, state -> state));

    for (Runnable use : uses) {
      assertThatIllegalArgumentException()
          .isThrownBy(use::run)
          .withMessageStartingWith("A session id is 1 to 128 visible ASCII characters");
    }
    assertThat(store.find("id-1")).isPresent();
  }

  private static JsonObject nested(int depth) {
    JsonObject object = json("{'a': 1}");
    for (int level = 1; level < depth - 1; level++) {
      object = Json.createObjectBuilder().add("o", object).build();
    }
    return object;
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\0b", "\uD83D"})
  void ownerOrPrefixThatCannotBeStoredIsRefused(String text) {
    List<Runnable> uses =
        List.of(
            () -> store.create("id-1", text, EMPTY),
            () -> store.revive("id-1", text),
            () -> revocation.deleteAll(text),
            () -> revocation.deleteAllExcept(text, "id-1"),
            () -> queries.latestForUser(text, ""),
            () -> queries.latestForUser("alice", text),
            () -> queries.count(SessionQuery.ofUser(text)),
            () -> queries.count(SessionQuery.all().withPrefix(text)),
            () -> queries.list(SessionQuery.all(), new SessionPage.Request(text, 1)));

    for (Runnable use : uses) {
      assertThatIllegalArgumentException().isThrownBy(use::run);
    }
    assertThat(store.exists("id-1")).isFalse();
  }
}
