package dev.belfry.postgres;

import dev.belfry.config.BelfrySettings.EncryptionKey;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionEvent;
import dev.belfry.session.SessionRules;
import dev.belfry.testkit.SessionReviveContract;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;

/** Sessions come back where ids are hashed and states encrypted, too. */
@Timeout(60)
class HashedSessionReviveTest extends SessionReviveContract {

  private static ReplicatedSessions sessions;

  @BeforeAll
  static void openSessions() {
    EncryptionKey key = new EncryptionKey("k1", new byte[EncryptionKey.LENGTH]);
    sessions =
        new ReplicatedSessions(
            new SessionCodec(true, Optional.of(new StateCipher(List.of(key)))), () -> {});
  }

  @AfterAll
  static void closeSessions() {
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
