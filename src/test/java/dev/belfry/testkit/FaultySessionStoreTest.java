package dev.belfry.testkit;

import static dev.belfry.testkit.FaultySessionStore.Moment.AFTER;
import static dev.belfry.testkit.FaultySessionStore.Moment.BEFORE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belfry.session.Lifetime;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionRules;
import dev.belfry.session.SessionStore;
import dev.belfry.session.SessionStoreException;
import dev.belfry.session.SessionStoreUnavailableException;
import dev.belfry.testkit.FaultySessionStore.Call;
import dev.belfry.testkit.FaultySessionStore.Hold;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class FaultySessionStoreTest {

  private static final JsonObject EMPTY = JsonValue.EMPTY_JSON_OBJECT;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final SessionStore store =
      SessionBackend.inMemory(
              SessionRules.of(Duration.ofMinutes(1)), new SettableClock(), event -> {})
          .store();
  private final FaultySessionStore faulty = new FaultySessionStore(store);

  private static SessionStoreException failure() {
    return new SessionStoreUnavailableException("Cut off", new IOException("by the test"));
  }

  @Test
  void withoutFaultsDoesWhatTheStoreDoes() {
    assertThat(faulty.create("id-1", "alice", EMPTY)).isEqualTo(store.find("id-1").orElseThrow());
    assertThat(faulty.find("id-1")).isEqualTo(store.find("id-1"));
    assertThat(faulty.exists("id-1")).isTrue();
    assertThat(faulty.touch("id-1")).isTrue();
    assertThat(faulty.touchAll(List.of("id-1")).touched()).containsExactly("id-1");
    assertThat(faulty.mergeState("id-1", EMPTY)).isTrue();
    assertThat(faulty.delete("id-1")).isTrue();
    assertThat(faulty.deleteExpired()).isZero();
    faulty.check();
    faulty.close();
    assertThatIllegalStateException().isThrownBy(store::check);
  }

  @Test
  void failNextFailsThatManyCallsBeforeTheyAreDone() {
    faulty.failNext(2, BEFORE, FaultySessionStoreTest::failure);

    for (int call = 0; call < 2; call++) {
      assertThatThrownBy(() -> faulty.create("id-1", "alice", EMPTY))
          .isInstanceOf(SessionStoreUnavailableException.class)
          .hasMessage("Cut off");
      assertThat(store.exists("id-1")).isFalse();
    }
    faulty.create("id-1", "alice", EMPTY);
    assertThat(store.exists("id-1")).isTrue();
  }

  @Test
  void failNextAfterwardsHasDoneWhatItFails() {
    faulty.failNext(1, AFTER, FaultySessionStoreTest::failure);

    assertThatThrownBy(() -> faulty.create("id-1", "alice", EMPTY))
        .isInstanceOf(SessionStoreUnavailableException.class);

    assertThat(faulty.exists("id-1")).isTrue();
  }

  @Test
  void failWhenFailsThoseCallsUntilItRecovers() {
    store.create("id-1", "alice", EMPTY);
    faulty.failWhen(call -> call.ids().contains("id-1"), BEFORE, FaultySessionStoreTest::failure);

    assertThat(faulty.find("id-2")).isEmpty();
    for (int call = 0; call < 3; call++) {
      assertThatThrownBy(() -> faulty.find("id-1")).isInstanceOf(SessionStoreException.class);
    }
    faulty.recover();
    assertThat(faulty.find("id-1")).isPresent();
  }

  @Test
  void everyMethodCanFailUnderItsName() {
    List<Call> calls = new ArrayList<>();
    faulty.failWhen(calls::add, BEFORE, FaultySessionStoreTest::failure);
    List<Runnable> uses =
        List.of(
            () -> faulty.create("id-1", "alice", EMPTY),
            () -> faulty.create("id-1", "alice", EMPTY, Lifetime.of(PATIENCE)),
            () -> faulty.find("id-1"),
            () -> faulty.exists("id-1"),
            () -> faulty.touch("id-1"),
            () -> faulty.touchAll(List.of("id-1", "id-2")),
            () -> faulty.delete("id-1"),
            () -> faulty.mergeState("id-1", EMPTY),
            faulty::deleteExpired,
            faulty::check);

    for (Runnable use : uses) {
      assertThatThrownBy(use::run).isInstanceOf(SessionStoreException.class);
    }

    List<String> one = List.of("id-1");
    assertThat(calls)
        .containsExactly(
            new Call("create", one),
            new Call("create", one),
            new Call("find", one),
            new Call("exists", one),
            new Call("touch", one),
            new Call("touchAll", List.of("id-1", "id-2")),
            new Call("delete", one),
            new Call("mergeState", one),
            new Call("deleteExpired", List.of()),
            new Call("check", List.of()));
  }

  @Test
  void heldCallsGoOnWhenTheHoldIsClosed() {
    Hold hold = faulty.hold(call -> call.method().equals("create"));
    Callable<Boolean> held =
        () -> {
          faulty.create("id-1", "alice", EMPTY);
          return true;
        };
    Callable<Boolean> releaser =
        () -> {
          hold.await(1, PATIENCE);
          boolean doneTooEarly = faulty.exists("id-1");
          hold.close();
          return doneTooEarly;
        };

    assertThat(SessionContract.concurrently(List.of(held, releaser))).containsExactly(true, false);

    assertThat(store.exists("id-1")).isTrue();
    faulty.create("id-2", "alice", EMPTY);
  }

  @Test
  void awaitWhenTooFewCallsArriveThenFails() {
    try (Hold hold = faulty.hold(call -> true)) {
      assertThatIllegalStateException()
          .isThrownBy(() -> hold.await(1, Duration.ofMillis(1)))
          .withMessage("Only 0 of 1 calls have arrived within PT0.001S");
    }
  }
}
