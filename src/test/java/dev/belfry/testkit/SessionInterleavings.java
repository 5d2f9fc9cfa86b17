package dev.belfry.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.session.Session;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.StateChange;
import jakarta.json.Json;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.PropertyDefaults;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;

/**
 * Random uses of a few sessions by several threads at once: however they interleave, what was
 * answered and what is there afterwards must have an explanation. One backend serves all tries,
 * each with ids of its own. For another number of tries annotate the subclass with {@link
 * PropertyDefaults}.
 */
@PropertyDefaults(tries = 200)
public abstract class SessionInterleavings extends SessionContract {

  private static final int THREADS = 4;
  private static final List<String> NAMES = List.of("a", "b");

  private enum Kind {
    INCREMENT,
    APPEND,
    /** Sets a member that only this thread uses. */
    SET_OWN,
    /** Removes that member. */
    REMOVE_OWN,
    /** Sets a member that all threads set. */
    SET_SHARED,
    TOUCH,
    DELETE
  }

  private record Use(Kind kind, String name, int value) {}

  /**
   * What came of a use.
   *
   * @param number which of its thread's uses it was
   * @param done whether the session was live
   * @param version which it got by that, where that was told
   */
  private record Result(Use use, int thread, int number, boolean done, OptionalLong version) {

    /** A value that no other use has. */
    String mark() {
      return thread + "-" + number;
    }
  }

  private int tries;

  @BeforeProperty
  void openForAllTries() {
    open();
  }

  @AfterProperty
  void closeAfterAllTries() {
    close();
  }

  @Property
  void everyInterleavingHasAnExplanation(@ForAll("uses") List<List<Use>> uses) {
    String prefix = "try" + tries++ + "-";
    NAMES.forEach(name -> store.create(prefix + name, "alice", EMPTY));

    List<Result> results = useAtOnce(prefix, uses);

    for (String name : NAMES) {
      List<Result> its =
          results.stream().filter(result -> result.use().name().equals(name)).toList();
      assertVersionsAreCounted(its);
      assertEndedOnceAndForAll(its, store.find(prefix + name));
      store.find(prefix + name).ifPresent(session -> assertExplained(its, session));
      store.delete(prefix + name);
    }
  }

  private List<Result> useAtOnce(String prefix, List<List<Use>> uses) {
    CyclicBarrier start = new CyclicBarrier(THREADS);
    List<Callable<List<Result>>> tasks =
        IntStream.range(0, THREADS)
            .<Callable<List<Result>>>mapToObj(
                thread ->
                    () -> {
                      SessionBackend any = thread % 2 == 0 ? backend : replica();
                      start.await();
                      List<Result> results = new ArrayList<>();
                      for (Use use : uses.get(thread)) {
                        results.add(result(any, prefix, use, thread, results.size()));
                      }
                      return results;
                    })
            .toList();
    return concurrently(tasks).stream().flatMap(List::stream).toList();
  }

  private static Result result(SessionBackend any, String prefix, Use use, int thread, int number) {
    String id = prefix + use.name();
    String mark = thread + "-" + number;
    Function<StateChange, Result> applied =
        change -> {
          Optional<Session> after = any.states().apply(id, change);
          return new Result(
              use,
              thread,
              number,
              after.isPresent(),
              after.map(Session::version).map(OptionalLong::of).orElse(OptionalLong.empty()));
        };
    Function<Boolean, Result> answered =
        done -> new Result(use, thread, number, done, OptionalLong.empty());
    return switch (use.kind()) {
      case INCREMENT -> applied.apply(StateChange.increment("/n", use.value()));
      case APPEND -> applied.apply(StateChange.append("/log", Json.createValue(mark)));
      case SET_OWN -> answered.apply(any.store().mergeState(id, member("own" + thread, mark)));
      case REMOVE_OWN -> applied.apply(StateChange.removeKeys("own" + thread));
      case SET_SHARED -> answered.apply(any.store().mergeState(id, member("shared", mark)));
      case TOUCH -> answered.apply(any.store().touch(id));
      case DELETE -> answered.apply(any.store().delete(id));
    };
  }

  private static JsonObject member(String name, String value) {
    return Json.createObjectBuilder().add(name, value).build();
  }

  private static boolean changes(Result result) {
    return result.done() && result.use().kind() != Kind.TOUCH && result.use().kind() != Kind.DELETE;
  }

  private static void assertVersionsAreCounted(List<Result> results) {
    long changes = results.stream().filter(SessionInterleavings::changes).count();
    List<Long> versions =
        results.stream().flatMap(result -> result.version().stream().boxed()).toList();
    assertThat(versions)
        .doesNotHaveDuplicates()
        .allMatch(version -> version >= 1 && version <= changes);
    for (int thread = 0; thread < THREADS; thread++) {
      assertThat(of(thread, results).flatMap(result -> result.version().stream().boxed()))
          .as("what thread %d was told, one after the other", thread)
          .isSorted();
    }
  }

  private static void assertEndedOnceAndForAll(List<Result> results, Optional<Session> found) {
    long deleted =
        results.stream()
            .filter(result -> result.use().kind() == Kind.DELETE && result.done())
            .count();
    boolean tried = results.stream().anyMatch(result -> result.use().kind() == Kind.DELETE);
    assertThat(deleted).isEqualTo(tried ? 1 : 0);
    assertThat(found.isPresent()).isEqualTo(!tried);
    for (int thread = 0; thread < THREADS; thread++) {
      List<Result> its = of(thread, results).toList();
      long untilTheEnd =
          its.stream()
              .takeWhile(result -> result.done() && result.use().kind() != Kind.DELETE)
              .count();
      assertThat(its.stream().skip(untilTheEnd + 1))
          .as("what thread %d has done to a dead session", thread)
          .noneMatch(Result::done);
    }
  }

  private static void assertExplained(List<Result> results, Session session) {
    assertThat(results).allMatch(Result::done);
    assertThat(session.version())
        .isEqualTo(results.stream().filter(SessionInterleavings::changes).count());
    JsonObject state = session.state();
    Set<String> members = new TreeSet<>();

    Stream<Result> increments = of(Kind.INCREMENT, results);
    long sum = increments.mapToLong(result -> result.use().value()).sum();
    if (of(Kind.INCREMENT, results).findAny().isPresent()) {
      members.add("n");
      JsonNumber number = state.getJsonNumber("n");
      assertThat(number.longValueExact()).isEqualTo(sum);
    }
    if (of(Kind.APPEND, results).findAny().isPresent()) {
      members.add("log");
      assertAppended(results, state.getJsonArray("log").getValuesAs(JsonString::getString));
    }
    assertLastOfSomeThread(results, state, members);
    assertOwn(results, state, members);
    assertThat(state.keySet()).isEqualTo(members);
  }

  private static void assertAppended(List<Result> results, List<String> log) {
    assertThat(log)
        .containsExactlyInAnyOrderElementsOf(of(Kind.APPEND, results).map(Result::mark).toList());
    for (int thread = 0; thread < THREADS; thread++) {
      String its = thread + "-";
      assertThat(log.stream().filter(mark -> mark.startsWith(its)))
          .as("the order of what thread %d has appended", thread)
          .containsExactlyElementsOf(
              of(Kind.APPEND, of(thread, results).toList()).map(Result::mark).toList());
    }
  }

  private static void assertLastOfSomeThread(
      List<Result> results, JsonObject state, Set<String> members) {
    Set<String> lasts =
        IntStream.range(0, THREADS)
            .mapToObj(
                thread ->
                    of(Kind.SET_SHARED, of(thread, results).toList())
                        .reduce((earlier, later) -> later))
            .flatMap(Optional::stream)
            .map(Result::mark)
            .collect(Collectors.toSet());
    if (!lasts.isEmpty()) {
      members.add("shared");
      assertThat(lasts).contains(state.getString("shared"));
    }
  }

  private static void assertOwn(List<Result> results, JsonObject state, Set<String> members) {
    for (int thread = 0; thread < THREADS; thread++) {
      String own = "own" + thread;
      Optional<Result> last =
          of(thread, results)
              .filter(
                  result ->
                      result.use().kind() == Kind.SET_OWN || result.use().kind() == Kind.REMOVE_OWN)
              .reduce((earlier, later) -> later)
              .filter(result -> result.use().kind() == Kind.SET_OWN);
      last.ifPresent(result -> members.add(own));
      assertThat(Optional.<JsonValue>ofNullable(state.get(own)))
          .isEqualTo(last.map(result -> Json.createValue(result.mark())));
    }
  }

  private static Stream<Result> of(int thread, List<Result> results) {
    return results.stream().filter(result -> result.thread() == thread);
  }

  private static Stream<Result> of(Kind kind, List<Result> results) {
    return results.stream().filter(result -> result.use().kind() == kind);
  }

  @Provide
  Arbitrary<List<List<Use>>> uses() {
    Arbitrary<Kind> kinds =
        Arbitraries.frequency(
            Tuple.of(10, Kind.INCREMENT),
            Tuple.of(10, Kind.APPEND),
            Tuple.of(6, Kind.SET_OWN),
            Tuple.of(4, Kind.REMOVE_OWN),
            Tuple.of(6, Kind.SET_SHARED),
            Tuple.of(3, Kind.TOUCH),
            Tuple.of(1, Kind.DELETE));
    return Combinators.combine(kinds, Arbitraries.of(NAMES), Arbitraries.integers().between(-9, 9))
        .as(Use::new)
        .list()
        .ofMaxSize(12)
        .list()
        .ofSize(THREADS);
  }
}
