package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belfry.session.Session;
import dev.belfry.session.SessionStoreException;
import dev.belfry.testkit.SettableClock;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SessionCacheTest {

  private static final int MANY = 1_000;
  private static final int MEGABYTE = 1024 * 1024;
  private static final Duration MAX_AGE = Duration.ofMinutes(1);

  private final SettableClock clock = new SettableClock();
  private final AtomicLong nanoTime = new AtomicLong(-1);
  private final AtomicBoolean live = new AtomicBoolean(true);

  /** What the database holds. */
  private final Map<String, Session> stored = new ConcurrentHashMap<>();

  private final AtomicInteger loads = new AtomicInteger();
  private final SessionCache cache = cache(MANY, MEGABYTE);

  @Test
  void findAgainThenServedFromMemory() {
    store("a", 1);

    assertThat(find("a")).contains(1L);
    assertThat(find("a")).contains(1L);

    assertThat(loads).hasValue(1);
    assertThat(cache.statistics()).isEqualTo(new SessionCache.Statistics(1, 1, 1));
  }

  @Test
  void findWhenAbsentThenLookedForEveryTime() {
    assertThat(find("a")).isEmpty();
    store("a", 1);

    assertThat(find("a")).contains(1L);
    assertThat(loads).hasValue(2);
  }

  @Test
  void findWhenLoaderFailsThenFailsAndKeepsNothing() {
    assertThatThrownBy(
            () ->
                cache.find(
                    "a",
                    id -> {
                      throw new SessionStoreException("no");
                    }))
        .isInstanceOf(SessionStoreException.class);

    store("a", 1);
    assertThat(find("a")).contains(1L);
  }

  @Test
  void findAfterInvalidateThenLoadedAnew() {
    store("a", 1);
    store("b", 1);
    find("a");
    find("b");
    store("a", 2);
    store("b", 2);

    cache.invalidate("a");

    assertThat(find("a")).contains(2L);
    assertThat(find("b")).contains(1L);
  }

  @Test
  void findAfterClearThenLoadedAnew() {
    store("a", 1);
    find("a");
    store("a", 2);

    cache.clear();

    assertThat(cache.statistics().size()).isZero();
    assertThat(find("a")).contains(2L);
  }

  @Test
  void invalidateWhileLoadingThenWhatWasLoadedIsNotKept() {
    store("a", 1);

    Optional<Session> found =
        cache.find(
            "a",
            id -> {
              Optional<Session> old = load(id);
              store("a", 2);
              cache.invalidate("a");
              return old;
            });

    assertThat(found).map(Session::version).contains(1L); // It was so when the find began.
    assertThat(cache.statistics().size()).isZero();
    assertThat(find("a")).contains(2L);
  }

  @Test
  void clearWhileLoadingThenWhatWasLoadedIsNotFound() {
    store("a", 1);

    Optional<Session> found =
        cache.find(
            "a",
            id -> {
              Optional<Session> old = load(id);
              store("a", 2);
              cache.clear();
              return old;
            });

    assertThat(found).map(Session::version).contains(1L);
    assertThat(find("a")).contains(2L);
    assertThat(find("a")).contains(2L);
    assertThat(loads).hasValue(2);
  }

  @Test
  void invalidateWhileLoadingThenWhatWasLoadedLaterIsKept() {
    store("a", 1);

    Optional<Session> found =
        cache.find(
            "a",
            id -> {
              Optional<Session> old = load(id);
              store("a", 2);
              cache.invalidate("a");
              assertThat(find("a")).contains(2L);
              return old;
            });

    assertThat(found).map(Session::version).contains(1L);
    assertThat(find("a")).contains(2L);
    assertThat(loads).hasValue(2);
  }

  @Test
  void findWhenNotLiveThenLoadedAndNotKept() {
    store("a", 1);
    find("a");
    store("a", 2);

    live.set(false);

    assertThat(find("a")).contains(2L);
    assertThat(find("a")).contains(2L);
    assertThat(loads).hasValue(3);
    assertThat(cache.statistics()).isEqualTo(new SessionCache.Statistics(0, 3, 1));
  }

  @Test
  void findWhenExpiredThenLoaded() {
    store("a", 1);
    find("a");

    clock.pass(Duration.ofHours(1));
    assertThat(find("a")).contains(1L); // The loader decides.
    store("a", 2);

    assertThat(find("a")).contains(2L);
    assertThat(find("a")).contains(2L);
    assertThat(loads).hasValue(3);
  }

  @Test
  void findWhenTooOldThenLoaded() {
    store("a", 1);
    find("a");
    store("a", 2);

    nanoTime.addAndGet(MAX_AGE.toNanos() - 1_000);
    assertThat(find("a")).contains(1L);
    nanoTime.addAndGet(2_000);

    assertThat(find("a")).contains(2L);
  }

  @Test
  void ageIsCountedFromBeforeTheLoad() {
    store("a", 1);
    cache.find(
        "a",
        id -> {
          Optional<Session> loaded = load(id);
          nanoTime.addAndGet(MAX_AGE.toNanos() - 1_000);
          return loaded;
        });
    store("a", 2);

    nanoTime.addAndGet(2_000);

    assertThat(find("a")).contains(2L);
  }

  @Test
  void noMoreThanMaxCountAreKept() {
    SessionCache small = cache(7, MEGABYTE);

    findAll(small, 100, Json.createObjectBuilder().build());

    assertThat(small.statistics().size()).isBetween(1L, 7L);
  }

  @Test
  void noMoreThanMaxBytesAreKept() {
    SessionCache small = cache(MANY, 100_000);

    findAll(small, 100, stateOf(9_000));

    assertThat(small.statistics().size()).isBetween(1L, 10L);
  }

  @Test
  void bytesAreThoseOfUtf8() {
    SessionCache small = cache(MANY, 100_000);
    JsonObject state = Json.createObjectBuilder().add("text", "€".repeat(5_000)).build();

    findAll(small, 1, state);

    assertThat(small.statistics().size()).isZero();
  }

  @Test
  void whatWasNegotiatedCountsTooUnlessItIsNothing() {
    SessionCache small = cache(MANY, 80_000);
    Session session = session("id-1", 1, stateOf(5_000));
    JsonObject fits = stateOf(5_000 - 512);
    JsonObject tooLarge = stateOf(5_000 - 511);

    small.find("id-1", id -> Optional.of(negotiated(session, tooLarge)));
    assertThat(small.statistics().size()).isZero();

    small.find("id-1", id -> Optional.of(negotiated(session, fits)));
    assertThat(small.statistics().size()).isEqualTo(1);
  }

  private static Session negotiated(Session session, JsonObject negotiated) {
    return new Session(
        session.id(),
        session.userId(),
        session.createdAt(),
        session.lastActiveAt(),
        session.expiresAt(),
        session.state(),
        session.version(),
        negotiated);
  }

  @Test
  void sessionHeavierThanAnEighthIsNotKept() {
    SessionCache small = cache(MANY, 80_000);

    findAll(small, 1, stateOf(10_000 - 512));
    assertThat(small.statistics().size()).isEqualTo(1);
    small.clear();

    findAll(small, 1, stateOf(10_000 - 511));
    assertThat(small.statistics().size()).isZero();
  }

  @Test
  void senselessBoundsAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> cache(0, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> cache(1, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SessionCache(1, 1, Duration.ZERO, clock, live::get));
  }

  @Test
  void readersNeverSeeWhatWasInvalidatedBeforeTheyBegan() throws Exception {
    neverStale(cache::invalidate);
  }

  @Test
  void readersNeverSeeWhatWasClearedBeforeTheyBegan() throws Exception {
    neverStale(id -> cache.clear());
  }

  private void neverStale(Consumer<String> forget) throws Exception {
    int changes = 5_000;
    AtomicLong forgotten = new AtomicLong();
    store("a", 0);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<Boolean>> readers = new ArrayList<>();
    for (int reader = 0; reader < 4; reader++) {
      readers.add(
          threads.submit(
              () -> {
                while (true) {
                  long least = forgotten.get();
                  if (find("a").orElseThrow() < least) {
                    return false;
                  }
                  if (least == changes) {
                    return true;
                  }
                }
              }));
    }
    for (int version = 1; version <= changes; version++) {
      store("a", version);
      forget.accept("a");
      forgotten.set(version);
    }
    for (Future<Boolean> reader : readers) {
      assertThat(reader.get()).as("never stale").isTrue();
    }
    threads.shutdown();
    assertThat(cache.statistics().hits()).isPositive();
  }

  @Test
  void withoutCaffeineTheConstructorSaysWhatToDo() throws Exception {
    Constructor<?> constructor =
        new WithoutCaffeine()
            .loadClass(SessionCache.class.getName())
            .getConstructor(
                int.class, int.class, Duration.class, Clock.class, BooleanSupplier.class);

    assertThatThrownBy(
            () -> constructor.newInstance(1, 1, MAX_AGE, clock, (BooleanSupplier) () -> true))
        .isInstanceOf(InvocationTargetException.class)
        .cause()
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "To cache sessions, add com.github.ben-manes.caffeine:caffeine to the application;"
                + " to do without, set belfry.session.cache-count = 0");
  }

  private SessionCache cache(int maxCount, int maxBytes) {
    return new SessionCache(maxCount, maxBytes, MAX_AGE, clock, live::get, nanoTime::get);
  }

  private Optional<Long> find(String id) {
    return cache.find(id, this::load).map(Session::version);
  }

  private Optional<Session> load(String id) {
    loads.incrementAndGet();
    return Optional.ofNullable(stored.get(id));
  }

  private void findAll(SessionCache target, int count, JsonObject state) {
    Function<String, Optional<Session>> loader = id -> Optional.of(session(id, 1, state));
    IntStream.range(0, count).forEach(number -> target.find("session-" + number, loader));
  }

  private void store(String id, long version) {
    stored.put(id, session(id, version, Json.createObjectBuilder().build()));
  }

  private Session session(String id, long version, JsonObject state) {
    return new Session(
        id,
        "user",
        clock.instant(),
        clock.instant(),
        clock.instant().plus(Duration.ofHours(1)),
        state,
        version,
        JsonValue.EMPTY_JSON_OBJECT);
  }

  /** A state that takes so many bytes as JSON. */
  private static JsonObject stateOf(int bytes) {
    return Json.createObjectBuilder().add("x", "y".repeat(bytes - "{'x':''}".length())).build();
  }

  /** Sees the same classes as this one, but for Caffeine's. */
  private static final class WithoutCaffeine extends ClassLoader {

    WithoutCaffeine() {
      super(SessionCacheTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("com.github.benmanes.caffeine.")) {
        throw new ClassNotFoundException(name);
      }
      if (!name.startsWith("dev.belfry.postgres.")) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      return loaded == null ? define(name) : loaded;
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      try (InputStream file = getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] bytes = file.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException unreadable) {
        throw new ClassNotFoundException(name, unreadable);
      }
    }
  }
}
