package dev.belfry.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.session.Lifetime;
import dev.belfry.session.SessionRules;
import dev.belfry.testkit.SessionStep.Change;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
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
 * Random uses of a backend by one thread: each step has to answer, and the end to look, as a simple
 * model of the contracts does. One backend serves all tries, each with ids of its own. For another
 * number of tries annotate the subclass with {@link PropertyDefaults}.
 */
@PropertyDefaults(tries = 200)
public abstract class SessionProperties extends SessionContract {

  private static final Set<String> NAMES = Set.of("a", "b", "c", "d");
  private static final List<String> USERS = List.of("alice", "bob", "");
  private static final List<String> KEYS = List.of("x", "y");

  // No sums of these and of what passes are equal: a millisecond more or less changes nothing.
  private static final SessionRules MODEL_RULES =
      new SessionRules(
          Lifetime.of(Duration.ofMinutes(ModelSessions.TIME_TO_LIVE)),
          Duration.ofMinutes(ModelSessions.REVIVE_WINDOW),
          Optional.empty(),
          RULES.maxStateBytes(),
          Set.of());

  private static final List<Integer> MINUTES = List.of(10, 20, 40);

  private int tries;

  @BeforeProperty
  void openForAllTries() {
    use(MODEL_RULES);
  }

  @AfterProperty
  void closeAfterAllTries() {
    close();
  }

  @Property
  void backendDoesWhatTheModelDoes(@ForAll("uses") List<SessionStep> steps) {
    BackendSessions actual = new BackendSessions(backend, "try" + tries++ + "-", this::pass);
    ModelSessions model = new ModelSessions();
    try {
      for (int index = 0; index < steps.size(); index++) {
        SessionStep step = steps.get(index);
        assertThat(step.takenBy(actual))
            .as("the answer to step %d, %s", index, step)
            .isEqualTo(step.takenBy(model));
      }
      assertLooksAlike(actual, model);
    } finally {
      actual.clear(NAMES);
    }
  }

  private void assertLooksAlike(BackendSessions actual, ModelSessions model) {
    for (String name : NAMES) {
      assertThat(actual.find(name)).as("session %s", name).isEqualTo(model.find(name));
    }
    assertThat(actual.live()).isEqualTo(model.live());
    for (String user : USERS) {
      long expected = model.live().stream().filter(name -> isOf(user, name, model)).count();
      assertThat(actual.count(user)).as("sessions of %s", user).isEqualTo(expected);
    }
    eventually(() -> assertThat(actual.announced(events.all())).isEqualTo(model.announced()));
  }

  private static boolean isOf(String user, String name, ModelSessions model) {
    return !user.isEmpty()
        && model.find(name) instanceof Optional<?> found
        && found.orElseThrow() instanceof SessionStep.Snapshot snapshot
        && snapshot.user().equals(user);
  }

  @Provide
  Arbitrary<List<SessionStep>> uses() {
    Arbitrary<String> names = Arbitraries.of(NAMES.stream().sorted().toList());
    Arbitrary<SessionStep> steps =
        Arbitraries.frequencyOf(
            Tuple.of(
                6,
                Combinators.combine(names, users(), states(), Arbitraries.of(true, false))
                    .as(SessionStep.Create::new)),
            Tuple.of(1, names.map(SessionStep.Find::new)),
            Tuple.of(3, Combinators.combine(names, users()).as(SessionStep.Revive::new)),
            Tuple.of(3, names.set().ofMaxSize(3).map(SessionStep.TouchAll::new)),
            Tuple.of(2, names.map(SessionStep.Delete::new)),
            Tuple.of(2, Combinators.combine(names, states()).as(SessionStep.Merge::new)),
            Tuple.of(4, Combinators.combine(names, changes()).as(SessionStep.Apply::new)),
            Tuple.of(
                2,
                Combinators.combine(names, Arbitraries.of(true, false), states())
                    .as(SessionStep.CompareAndSet::new)),
            Tuple.of(2, Combinators.combine(names, names).as(SessionStep.Rotate::new)),
            Tuple.of(1, Combinators.combine(users(), names.optional()).as(SessionStep.Revoke::new)),
            Tuple.of(3, Arbitraries.of(MINUTES).map(SessionStep.Pass::new)),
            Tuple.of(2, Arbitraries.create(SessionStep.DeleteExpired::new)));
    return steps.list().ofMaxSize(40);
  }

  private static Arbitrary<String> users() {
    return Arbitraries.of(USERS);
  }

  private static Arbitrary<Map<String, Object>> states() {
    Arbitrary<Long> numbers = Arbitraries.longs().between(-9, 9);
    Arbitrary<Object> values =
        Arbitraries.oneOf(numbers.asGeneric(), numbers.list().ofMaxSize(2).asGeneric());
    return Arbitraries.maps(Arbitraries.of(KEYS), values).ofMaxSize(KEYS.size()).map(TreeMap::new);
  }

  private static Arbitrary<List<Change>> changes() {
    return Combinators.combine(
            Arbitraries.of(Change.Kind.class),
            Arbitraries.of(KEYS),
            Arbitraries.longs().between(-9, 9))
        .as(Change::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(3);
  }
}
