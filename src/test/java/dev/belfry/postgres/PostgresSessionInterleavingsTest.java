package dev.belfry.postgres;

import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionEvent;
import dev.belfry.session.SessionRules;
import dev.belfry.testkit.SessionInterleavings;
import java.time.Duration;
import java.util.function.Consumer;
import net.jqwik.api.PropertyDefaults;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

@PropertyDefaults(tries = 15)
class PostgresSessionInterleavingsTest extends SessionInterleavings {

  private static ReplicatedSessions sessions;

  @BeforeContainer
  static void openDatabase() {
    sessions = new ReplicatedSessions(SessionCodec.PLAIN, () -> {});
  }

  @AfterContainer
  static void closeDatabase() {
    sessions.close();
  }

  @Override
  protected SessionBackend createBackend(SessionRules rules, Consumer<SessionEvent> observer) {
    return sessions.empty(rules, observer);
  }

  @Override
  protected SessionBackend createReplica(SessionRules rules, Consumer<SessionEvent> observer) {
    return sessions.another(rules, observer);
  }

  @Override
  protected void pass(Duration duration) {
    ReplicatedSessions.pass(duration);
  }
}
