package dev.belfry.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.testkit.SettableClock;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What only a backend within the process promises. */
class MemorySessionsTest {

  private static final JsonObject EMPTY = JsonValue.EMPTY_JSON_OBJECT;
  private static final SessionRules RULES = SessionRules.of(Duration.ofMinutes(30));

  private final SettableClock clock = new SettableClock();

  private SessionBackend backend(Consumer<SessionEvent> observer) {
    return SessionBackend.inMemory(RULES, clock, observer);
  }

  @Test
  void touchWhenTheClockWentBackThenNothingMovesBackwards() {
    SessionStore store = backend(event -> {}).store();
    Session created = store.create("id-1", "alice", EMPTY);
    clock.pass(Duration.ofMinutes(-10));

    assertThat(store.touch("id-1")).isTrue();

    assertThat(store.find("id-1")).contains(created);
  }

  @Test
  void evictionAmongEquallyActiveEndsTheSmallestId() {
    SessionRules.UserLimit limit =
        new SessionRules.UserLimit(2, SessionRules.OnExcess.EVICT_OLDEST);
    SessionStore store = SessionBackend.inMemory(RULES.limited(limit), clock, event -> {}).store();
    store.create("b", "alice", EMPTY);
    store.create("a", "alice", EMPTY);

    store.create("0-new", "alice", EMPTY);

    assertThat(store.exists("a")).isFalse();
    assertThat(store.exists("b")).isTrue();
    assertThat(store.exists("0-new")).isTrue();
  }

  @Test
  void observerIsToldBeforeTheCallReturnsAndAfterTheChange() {
    AtomicReference<SessionStore> store = new AtomicReference<>();
    List<Boolean> found = new ArrayList<>();
    store.set(backend(event -> found.add(store.get().exists("id-1"))).store());

    store.get().create("id-1", "alice", EMPTY);
    assertThat(found).containsExactly(true);

    store.get().delete("id-1");
    assertThat(found).containsExactly(true, false);
  }

  @Test
  void observerMayUseTheBackendAndIsToldOfThatNext() {
    AtomicReference<SessionStore> store = new AtomicReference<>();
    List<SessionEvent> told = new ArrayList<>();
    store.set(
        backend(
                event -> {
                  store.get().delete("id-1");
                  told.add(event);
                })
            .store());

    store.get().create("id-1", "alice", EMPTY);

    assertThat(told)
        .containsExactly(new SessionCreated("id-1", "alice"), new SessionDeleted("id-1", "alice"));
  }

  @Test
  void observerThatFailsIsToldTheNextEventAndTheChangeIsDone() {
    List<SessionEvent> told = new ArrayList<>();
    SessionStore store =
        backend(
                event -> {
                  told.add(event);
                  throw new IllegalStateException("of the observer");
                })
            .store();

    store.create("id-1", "alice", EMPTY);
    store.delete("id-1");

    assertThat(told).hasSize(2);
    assertThat(store.exists("id-1")).isFalse();
  }
}
