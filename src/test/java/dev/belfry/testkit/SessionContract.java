package dev.belfry.testkit;

import static org.awaitility.Awaitility.await;

import dev.belfry.session.Session;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionEvent;
import dev.belfry.session.SessionQueries;
import dev.belfry.session.SessionRevocation;
import dev.belfry.session.SessionRules;
import dev.belfry.session.SessionStates;
import dev.belfry.session.SessionStore;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * What the contracts share. To test a backend, extend each of them with a class that makes the
 * backend and lets its time pass:
 *
 * <ul>
 *   <li>{@link SessionStoreContract}, {@link SessionQueriesContract}, {@link
 *       SessionRevocationContract}, {@link SessionStatesContract}: the roles
 *   <li>{@link SessionInputContract}: what is refused
 *   <li>{@link SessionEndContract}: what has ended stays so
 *   <li>{@link SessionReviveContract}: unless its owner wants an expired one back in time
 *   <li>{@link SessionEventsContract}: what is announced
 *   <li>{@link SessionProperties} and {@link SessionInterleavings}: random uses, with jqwik
 * </ul>
 *
 * <p>Each test begins with no session stored. Events may arrive at any time after what they tell.
 */
public abstract class SessionContract {

  /** The time to live of sessions that are created without a lifetime. */
  protected static final Duration TIME_TO_LIVE = Duration.ofMinutes(30);

  /** The rules of the backend, unless a test makes one with others. */
  protected static final SessionRules RULES = SessionRules.of(TIME_TO_LIVE);

  /** A state with nothing in it. */
  protected static final JsonObject EMPTY = JsonValue.EMPTY_JSON_OBJECT;

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** What the backend has announced. */
  protected final RecordedEvents events = new RecordedEvents();

  /** The backend under test, and its roles. */
  protected SessionBackend backend;

  protected SessionStore store;
  protected SessionQueries queries;
  protected SessionRevocation revocation;
  protected SessionStates states;

  private Optional<SessionBackend> replica = Optional.empty();

  /**
   * Makes a backend, which the contract closes. A test may make several, one after the other; each
   * before it has stored anything.
   *
   * @param observer to be told of every event, on any thread
   */
  protected abstract SessionBackend createBackend(
      SessionRules rules, Consumer<SessionEvent> observer);

  /**
   * Makes another backend on the same sessions, which the contract closes: another replica of an
   * application. Without one of its own, a backend is its own replica; the observer is told nothing
   * then.
   */
  protected SessionBackend createReplica(SessionRules rules, Consumer<SessionEvent> observer) {
    return backend;
  }

  /**
   * Lets time pass for the stored sessions, a whole number of seconds. Where the clock cannot be
   * set, all that is stored may be made so much older instead: the contract compares no times from
   * before with times from afterwards.
   */
  protected abstract void pass(Duration duration);

  @BeforeEach
  void open() {
    use(RULES);
  }

  @AfterEach
  void close() {
    replica.ifPresent(other -> other.store().close());
    replica = Optional.empty();
    backend.store().close();
  }

  /** Goes on with a backend of other rules. */
  protected final void use(SessionRules rules) {
    if (backend != null) {
      close();
    }
    backend = createBackend(rules, events);
    store = backend.store();
    queries = backend.queries();
    revocation = backend.revocation();
    states = backend.states();
  }

  /** Another replica, with the usual rules; the same one each time. */
  protected final SessionBackend replica() {
    return replica(RULES, event -> {});
  }

  /** Another replica; the same one each time, with the rules and the observer of the first call. */
  protected final SessionBackend replica(SessionRules rules, Consumer<SessionEvent> observer) {
    if (replica.isEmpty()) {
      replica = Optional.of(createReplica(rules, observer));
    }
    return replica.get();
  }

  /** JSON with single quotes, which need no escaping in Java. */
  protected static JsonObject json(String text) {
    try (JsonReader reader = Json.createReader(new StringReader(text.replace('\'', '"')))) {
      return reader.readObject();
    }
  }

  /** The state of a live session. */
  protected final JsonObject stateOf(String id) {
    return store.find(id).orElseThrow().state();
  }

  /** The ids of sessions. */
  protected static List<String> ids(Stream<Session> sessions) {
    return sessions.map(Session::id).toList();
  }

  /** Waits until what is asserted holds, or fails with the last failure. */
  protected static void eventually(ThrowingRunnable assertion) {
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .atMost(PATIENCE)
        .untilAsserted(assertion);
  }

  /** Does a task on that many threads at once, each with its number, and returns the results. */
  protected static <T> List<T> concurrently(int threads, IntFunction<T> task) {
    return concurrently(
        IntStream.range(0, threads).<Callable<T>>mapToObj(n -> () -> task.apply(n)).toList());
  }

  /** Does tasks at once, each on its thread, and returns the results in the order of the tasks. */
  protected static <T> List<T> concurrently(List<Callable<T>> tasks) {
    ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
    try {
      List<T> results = new ArrayList<>();
      for (Future<T> result : threads.invokeAll(tasks)) {
        results.add(result.get());
      }
      return results;
    } catch (Exception e) {
      throw new AssertionError("A task has failed", e);
    } finally {
      threads.shutdownNow();
    }
  }
}
