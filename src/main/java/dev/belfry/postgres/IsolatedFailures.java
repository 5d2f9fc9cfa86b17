package dev.belfry.postgres;

import static java.util.Collections.nCopies;
import static java.util.Objects.requireNonNull;

import dev.belfry.session.SessionStoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Executes requests together such that a bad one fails alone. Thread-safe if what it executes them
 * with is.
 */
final class IsolatedFailures<Q, A> {

  private final Function<List<Q>, List<Outcome<A>>> batches;

  /**
   * @param batches executes requests in their order and returns their outcomes in the same order;
   *     if it throws, none of them was executed
   */
  IsolatedFailures(Function<List<Q>, List<Outcome<A>>> batches) {
    this.batches = requireNonNull(batches, "batches");
  }

  /** Returns an outcome for every request, in their order. Never throws, if there is memory. */
  List<Outcome<A>> execute(List<Q> requests) {
    try {
      List<Outcome<A>> outcomes = batches.apply(requests);
      return outcomes.size() == requests.size() ? outcomes : miscounted(requests, outcomes);
    } catch (RuntimeException failure) {
      return requests.size() == 1 || concernsAll(failure)
          ? nCopies(requests.size(), new Outcome.Failure<>(failure))
          : executeHalves(requests);
    } catch (Error failure) {
      return nCopies(requests.size(), new Outcome.Fatal<>(failure));
    }
  }

  // In halves, so that the bad one is found soon.
  private List<Outcome<A>> executeHalves(List<Q> requests) {
    int half = requests.size() / 2;
    List<Outcome<A>> outcomes = new ArrayList<>(requests.size());
    outcomes.addAll(execute(requests.subList(0, half)));
    outcomes.addAll(execute(requests.subList(half, requests.size())));
    return outcomes;
  }

  // The database is away, or too slow: each alone would only wait for it in vain once more.
  private static boolean concernsAll(RuntimeException failure) {
    return failure instanceof SessionStoreException stored && stored.isRetryable();
  }

  // They were executed, so they must not be executed again.
  private List<Outcome<A>> miscounted(List<Q> requests, List<Outcome<A>> outcomes) {
    return nCopies(
        requests.size(),
        new Outcome.Failure<>(
            new IllegalStateException(
                "%d requests had %d outcomes".formatted(requests.size(), outcomes.size()))));
  }
}
