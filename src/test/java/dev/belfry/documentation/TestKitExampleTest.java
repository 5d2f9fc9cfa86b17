package dev.belfry.documentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belfry.session.Session;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionCreated;
import dev.belfry.session.SessionEvent;
import dev.belfry.session.SessionExpired;
import dev.belfry.session.SessionIds;
import dev.belfry.session.SessionRules;
import dev.belfry.session.SessionStoreUnavailableException;
import dev.belfry.testkit.FaultySessionStore;
import dev.belfry.testkit.FaultySessionStore.Moment;
import dev.belfry.testkit.SettableClock;
import jakarta.json.JsonValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The example of the page on tests. */
class TestKitExampleTest {

  @Test
  void expiryAndFailuresAreTested() {
    List<SessionEvent> events = new ArrayList<>();
    SettableClock clock = new SettableClock();
    SessionBackend backend =
        SessionBackend.inMemory(SessionRules.of(Duration.ofMinutes(30)), clock, events::add);
    FaultySessionStore store = new FaultySessionStore(backend.store());
    Session session = store.create(SessionIds.mint(), "alice", JsonValue.EMPTY_JSON_OBJECT);

    clock.pass(Duration.ofMinutes(30));
    store.deleteExpired();
    store.failNext(
        1, Moment.BEFORE, () -> new SessionStoreUnavailableException("The database is away", null));

    assertThat(events)
        .containsExactly(new SessionCreated(session.id(), "alice"), new SessionExpired(session));
    assertThatThrownBy(() -> store.find(session.id()))
        .isInstanceOf(SessionStoreUnavailableException.class);
  }
}
