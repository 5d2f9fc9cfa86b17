package dev.belfry.postgres;

import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionEvent;
import dev.belfry.session.SessionRules;
import dev.belfry.testkit.SessionReviveContract;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;

/** Sessions come back where replicas keep some in memory, too. */
@Timeout(60)
class CachedSessionReviveTest extends SessionReviveContract {

  private static ReplicatedSessions sessions;

  @BeforeAll
  static void openSessions() {
    sessions =
        new ReplicatedSessions(
            SessionCodec.PLAIN, () -> {}, Map.of("belfry.session.cache-count", "1000"));
  }

  @AfterAll
  static void closeSessions() {
    sessions.close();
  }

  @Override
  protected SessionBackend createBackend(SessionRules rules, Consumer<SessionEvent> observer) {
    sessions.forget();
    return sessions.empty(rules, observer);
  }

  @Override
  protected SessionBackend createReplica(SessionRules rules, Consumer<SessionEvent> observer) {
    return sessions.another(rules, observer);
  }

  /** Nobody announces that all is older now. */
  @Override
  protected void pass(Duration duration) {
    ReplicatedSessions.pass(duration);
    sessions.forget();
  }
}
