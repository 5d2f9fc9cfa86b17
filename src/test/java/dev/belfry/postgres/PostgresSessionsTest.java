package dev.belfry.postgres;

import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionEvent;
import dev.belfry.session.SessionRules;
import dev.belfry.testkit.SessionQueriesContract;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.Nested;

/** Sessions as they are stored without any configuration, as the original can use them. */
class PostgresSessionsTest extends PostgresSessionContracts {

  @Override
  SessionCodec codec() {
    return SessionCodec.PLAIN;
  }

  @Nested
  class Queries extends SessionQueriesContract {
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
}
