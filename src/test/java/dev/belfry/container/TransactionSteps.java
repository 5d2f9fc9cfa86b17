package dev.belfry.container;

import dev.belfry.event.Broadcaster;
import dev.belfry.event.PublishOption;
import dev.belfry.event.ServerEvent;
import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;
import jakarta.json.Json;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.TransactionSynchronizationRegistry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * What an application does in a transaction, step by step as a test wants it: {@code write text},
 * {@code publish method text}, and so on.
 */
@ApplicationScoped
public class TransactionSteps {

  /** A lock that the step {@code await} waits for while a test holds it. */
  static final long GATE = 7_001;

  /** The same for the commit, or its first phase, of who wrote a text that begins with slow. */
  static final long GATE_AT_COMMIT = 7_002;

  /** The application's own table. */
  static final String TABLE =
      """
      DROP TABLE IF EXISTS transaction_row;
      CREATE TABLE transaction_row (text text NOT NULL);
      CREATE OR REPLACE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_advisory_xact_lock_shared(%d); RETURN NULL; END';
      CREATE CONSTRAINT TRIGGER wait_at_commit AFTER INSERT ON transaction_row
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.text LIKE 'slow%%')
      EXECUTE FUNCTION wait_at_commit()
      """
          .formatted(GATE_AT_COMMIT);

  @Inject private Broadcaster broadcaster;
  @Inject private Event<AtEnd> ends;

  @Inject
  @ConfigProperty(name = "belfry.datasource")
  private String belfrysDataSource;

  @Resource(lookup = "jdbc/belfry")
  private DataSource plain;

  // Not shared with Belfry: a resource of its own in the transaction.
  @Resource(lookup = "jdbc/belfry-xa", shareable = false)
  private DataSource xa;

  @Resource(lookup = "java:comp/TransactionSynchronizationRegistry")
  private TransactionSynchronizationRegistry transaction;

  /** Thrown by the step {@code fail}. */
  static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Failure() {
      super("as the test wants it");
    }
  }

  /** Published when the transaction has come to a point. */
  record AtEnd(String phase, ServerEvent event) {}

  void run(List<String> steps) throws SQLException {
    for (String step : steps) {
      String[] words = step.strip().split(" ", 3);
      switch (words[0]) {
        case "write" -> sql("INSERT INTO transaction_row (text) VALUES (?)", words[1]);
        case "await" -> sql("SELECT pg_advisory_xact_lock_shared(?::bigint)", words[1]);
        case "holding-a-connection" -> publishWhileHoldingAConnection(words);
        case "publish" -> broadcaster.publish(event(words[1], words[2]));
        case "async" -> broadcaster.publishAsync(event(words[1], words[2]));
        case "idempotent" ->
            broadcaster.publish(event(words[1], words[2]), PublishOption.idempotent(words[1]));
        case "coalesced" ->
            broadcaster.publish(event(words[1], words[2]), PublishOption.coalesced(words[1]));
        case "before-completion", "after-success", "after-completion" ->
            atEnd(new AtEnd(words[0], event(words[1], words[2])));
        case "roll-back" -> transaction.setRollbackOnly();
        case "fail" -> throw new Failure();
        default -> throw new IllegalArgumentException(step);
      }
    }
  }

  private void sql(String sql, String text) throws SQLException {
    try (Connection connection = own().getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, text);
      statement.execute();
    }
  }

  private DataSource own() {
    return belfrysDataSource.equals("jdbc/belfry") ? plain : xa;
  }

  private void publishWhileHoldingAConnection(String[] words) throws SQLException {
    try (Connection connection = own().getConnection();
        PreparedStatement statement =
            connection.prepareStatement("INSERT INTO transaction_row (text) VALUES (?)")) {
      statement.setString(1, words[2]);
      statement.execute();
      broadcaster.publish(event(words[1], words[2]));
      statement.execute();
    }
  }

  private void atEnd(AtEnd end) {
    if (!end.phase().equals("after-completion")) {
      ends.fire(end);
      return;
    }
    transaction.registerInterposedSynchronization(
        new Synchronization() {
          @Override
          public void beforeCompletion() {
            // Not its time.
          }

          @Override
          public void afterCompletion(int status) {
            if (status == Status.STATUS_COMMITTED) {
              broadcaster.publish(end.event());
            }
          }
        });
  }

  void beforeCompletion(@Observes(during = TransactionPhase.BEFORE_COMPLETION) AtEnd end) {
    if (end.phase().equals("before-completion")) {
      broadcaster.publish(end.event());
    }
  }

  void afterSuccess(@Observes(during = TransactionPhase.AFTER_SUCCESS) AtEnd end) {
    if (end.phase().equals("after-success")) {
      broadcaster.publish(end.event());
    }
  }

  private static ServerEvent event(String method, String text) {
    return ServerEvent.of(method, Json.createObjectBuilder().add("text", text).build());
  }

  /** What {@link #event} made an event of. */
  static Optional<String> text(ServerEvent event) {
    return Optional.ofNullable(event.params().getString("text", null));
  }
}
