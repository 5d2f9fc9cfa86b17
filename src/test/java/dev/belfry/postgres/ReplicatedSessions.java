package dev.belfry.postgres;

import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.event.CallerTransaction;
import dev.belfry.event.EventId;
import dev.belfry.event.ServerEvent;
import dev.belfry.postgres.PostgresBroadcaster.DataSources;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionEvent;
import dev.belfry.session.SessionRules;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Two replicas on the tables as Belfry makes them, for the contracts of sessions. */
final class ReplicatedSessions implements AutoCloseable {

  private final HikariDataSource pool;
  private final SessionReplica replica;
  private final SessionReplica otherReplica;

  /**
   * @param alteration done to the tables before they are used
   */
  ReplicatedSessions(SessionCodec codec, Runnable alteration) {
    this(codec, alteration, Map.of());
  }

  /**
   * @param configured settings of both replicas
   */
  ReplicatedSessions(SessionCodec codec, Runnable alteration, Map<String, String> configured) {
    TestDatabase.clean();
    pool = TestDatabase.pool();
    TestDatabase.prepare(pool);
    alteration.run();
    DataSources sources = new DataSources(pool, pool);
    replica = new SessionReplica(sources, CallerTransaction.NONE, codec, configured);
    otherReplica = new SessionReplica(sources, CallerTransaction.NONE, codec, configured);
  }

  /** The sessions of one replica; none is stored. */
  SessionBackend empty(SessionRules rules, Consumer<SessionEvent> observer) {
    // Whoever moves what an earlier test has left in the outbox is through when it is empty.
    TestDatabase.execute("TRUNCATE sessions, belfry_outbox");
    EventId last = replica.broadcaster().publish(ServerEvent.of("test/begins")).orElseThrow();
    await()
        .pollInterval(1, TimeUnit.MILLISECONDS)
        .until(() -> replica.broadcaster().latest().equals(Optional.of(last)));
    replica.tell(observer);
    return replica.standAlone(rules);
  }

  /** The same sessions, on the other replica. */
  SessionBackend another(SessionRules rules, Consumer<SessionEvent> observer) {
    otherReplica.tell(observer);
    return otherReplica.standAlone(rules);
  }

  /** Empties the caches. */
  void forget() {
    replica.cache().ifPresent(SessionCache::clear);
    otherReplica.cache().ifPresent(SessionCache::clear);
  }

  /** Makes all sessions so much older. */
  static void pass(Duration duration) {
    TestDatabase.execute(
        """
        UPDATE sessions SET created_at = created_at - d, last_active_at = last_active_at - d,
          expires_at = expires_at - d, not_after = not_after - d, ended_at = ended_at - d
        FROM (SELECT %d * interval '1 second') AS elapsed (d)
        """
            .formatted(duration.toSeconds()));
  }

  @Override
  public void close() {
    replica.close();
    otherReplica.close();
    pool.close();
  }
}
