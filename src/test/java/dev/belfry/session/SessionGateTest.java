package dev.belfry.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.session.SessionGate.Admission;
import dev.belfry.testkit.SettableClock;
import jakarta.json.JsonValue;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SessionGateTest {

  private final SettableClock clock = new SettableClock();
  private final SessionStore store =
      SessionBackend.inMemory(SessionRules.of(Duration.ofMinutes(1)), clock, event -> {}).store();
  private final SessionGate gate = new SessionGate(store);

  @Test
  void admitsTheOwner() {
    Session session = store.create("id-1", "alice", JsonValue.EMPTY_JSON_OBJECT);

    assertThat(gate.admit("alice", "id-1")).isEqualTo(new Admission.Granted(session));
  }

  @Test
  void forbidsEverybodyElse() {
    store.create("alices", "alice", JsonValue.EMPTY_JSON_OBJECT);
    store.create("anonymous", "", JsonValue.EMPTY_JSON_OBJECT);

    assertThat(gate.admit("mallory", "alices")).isEqualTo(new Admission.Forbidden());
    assertThat(gate.admit("", "alices")).isEqualTo(new Admission.Forbidden());
    assertThat(gate.admit("mallory", "anonymous")).isEqualTo(new Admission.Forbidden());
  }

  @Test
  void knowsNeitherAbsentNorExpiredSessions() {
    store.create("id-1", "alice", JsonValue.EMPTY_JSON_OBJECT);
    clock.pass(Duration.ofMinutes(1));

    assertThat(gate.admit("alice", "id-1")).isEqualTo(new Admission.Unknown());
    assertThat(gate.admit("alice", "id-2")).isEqualTo(new Admission.Unknown());
  }

  @Test
  void revivesForTheOwnerWhatTheStoreGivesBack() {
    Session session = store.create("id-1", "alice", JsonValue.EMPTY_JSON_OBJECT);
    SessionGate reviving = new SessionGate(reviving(session));
    clock.pass(Duration.ofMinutes(1));

    assertThat(reviving.admit("alice", "id-1")).isEqualTo(new Admission.Unknown());
    assertThat(reviving.admitReviving("alice", "id-1")).isEqualTo(new Admission.Granted(session));
    assertThat(reviving.admitReviving("mallory", "id-1")).isEqualTo(new Admission.Unknown());
    assertThat(reviving.admitReviving("alice", "id-2")).isEqualTo(new Admission.Unknown());
  }

  @Test
  void revivesNothingThatIsAliveAndAnothers() {
    Session session = store.create("id-1", "alice", JsonValue.EMPTY_JSON_OBJECT);
    SessionGate reviving = new SessionGate(reviving(session));

    assertThat(reviving.admitReviving("alice", "id-1")).isEqualTo(new Admission.Granted(session));
    assertThat(reviving.admitReviving("mallory", "id-1")).isEqualTo(new Admission.Forbidden());
  }

  /** The store, but for one session that it brings back for its owner. */
  private SessionStore reviving(Session session) {
    InvocationHandler handler =
        (proxy, method, arguments) ->
            method.getName().equals("revive")
                ? Optional.of(session)
                    .filter(
                        any -> arguments[0].equals(any.id()) && arguments[1].equals(any.userId()))
                : method.invoke(store, arguments);
    return (SessionStore)
        Proxy.newProxyInstance(
            SessionStore.class.getClassLoader(), new Class<?>[] {SessionStore.class}, handler);
  }
}
