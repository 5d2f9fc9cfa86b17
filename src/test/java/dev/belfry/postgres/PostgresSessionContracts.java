package dev.belfry.postgres;

import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionEvent;
import dev.belfry.session.SessionRules;
import dev.belfry.testkit.SessionEndContract;
import dev.belfry.testkit.SessionEventsContract;
import dev.belfry.testkit.SessionInputContract;
import dev.belfry.testkit.SessionReviveContract;
import dev.belfry.testkit.SessionRevocationContract;
import dev.belfry.testkit.SessionStatesContract;
import dev.belfry.testkit.SessionStoreContract;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

/** The contracts of sessions, for two replicas on one database. */
@Timeout(60)
@TestInstance(Lifecycle.PER_CLASS)
abstract class PostgresSessionContracts {

  ReplicatedSessions sessions;

  /** How sessions are stored. */
  abstract SessionCodec codec();

  /** Does with the tables what the subclass is about. */
  void alterTables() {}

  @BeforeAll
  void open() {
    sessions = new ReplicatedSessions(codec(), this::alterTables);
  }

  @AfterAll
  void close() {
    sessions.close();
  }

  @Nested
  class Store extends SessionStoreContract {
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

  @Nested
  class Input extends SessionInputContract {
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

  @Nested
  class End extends SessionEndContract {
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

  @Nested
  class Revive extends SessionReviveContract {
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

  @Nested
  class Events extends SessionEventsContract {
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

  @Nested
  class Revocation extends SessionRevocationContract {
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

  @Nested
  class States extends SessionStatesContract {
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
