package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.event.CallerTransaction;
import dev.belfry.event.DeliveryState;
import dev.belfry.postgres.PostgresBroadcaster.DataSources;
import dev.belfry.session.Session;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionRules;
import dev.belfry.session.StateChange;
import jakarta.json.Json;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Two replicas that keep sessions in memory; the connection that one listens on can be stalled. */
@Timeout(60)
class SessionCacheReplicasTest {

  private static final SessionRules RULES = SessionRules.of(Duration.ofMinutes(30));

  private static HikariDataSource pool;

  private TcpRelay relay;
  private SessionReplica writer;
  private SessionReplica reader;
  private SessionBackend writing;
  private SessionBackend reading;

  @BeforeAll
  static void prepare() {
    TestDatabase.clean();
    pool = TestDatabase.pool();
    TestDatabase.prepare(pool);
  }

  @AfterAll
  static void closePool() {
    pool.close();
  }

  @BeforeEach
  void open() throws IOException {
    TestDatabase.emptyLog();
    TestDatabase.execute("TRUNCATE sessions");
    relay = new TcpRelay(TestDatabase.port());
    writer = replica(new DataSources(pool, pool), "PT10M");
    writing = writer.standAlone(RULES);
    writing.store().create("id-1", "alice", JsonValue.EMPTY_JSON_OBJECT);
  }

  private void openReader(String maxAge) {
    PGSimpleDataSource stallable = TestDatabase.dataSource();
    stallable.setPortNumbers(new int[] {relay.port()});
    reader = replica(new DataSources(pool, stallable), maxAge);
    reading = reader.standAlone(RULES);
    await().atMost(10, TimeUnit.SECONDS).until(() -> state() == DeliveryState.LIVE);
    await()
        .atMost(10, TimeUnit.SECONDS)
        .until(() -> reader.broadcaster().latest().equals(writer.broadcaster().latest()));
  }

  private static SessionReplica replica(DataSources sources, String maxAge) {
    return new SessionReplica(
        sources,
        CallerTransaction.NONE,
        SessionCodec.PLAIN,
        Map.of(
            "belfry.session.cache-count", "100",
            "belfry.session.cache-max-age", maxAge,
            "belfry.listener.probe-interval", "PT10M"));
  }

  @AfterEach
  void close() throws IOException {
    reader.close();
    writer.close();
    relay.close();
  }

  private DeliveryState state() {
    return reader.broadcaster().status().state();
  }

  /** What nobody announces: only who asks the database sees it. */
  private static void changeUnannounced() {
    TestDatabase.execute("UPDATE sessions SET state = '{\"unannounced\": true}'");
  }

  private boolean readerSeesWhatIsUnannounced() {
    return reading.store().find("id-1").orElseThrow().state().containsKey("unannounced");
  }

  /** Every way to change what others may have in memory. */
  static List<Named<Consumer<SessionBackend>>> changes() {
    return List.of(
        Named.of(
            "mergeState",
            sessions -> sessions.store().mergeState("id-1", JsonValue.EMPTY_JSON_OBJECT)),
        Named.of(
            "apply", sessions -> sessions.states().apply("id-1", StateChange.increment("/n", 1))),
        Named.of("update", sessions -> sessions.states().update("id-1", state -> state)),
        Named.of(
            "compareAndSet",
            sessions -> sessions.states().compareAndSet("id-1", 0, JsonValue.EMPTY_JSON_OBJECT)),
        Named.of("delete", sessions -> sessions.store().delete("id-1")),
        Named.of("deleteAll", sessions -> sessions.revocation().deleteAll("alice")),
        Named.of("rotate", sessions -> sessions.revocation().rotate("id-1", "id-2")));
  }

  @ParameterizedTest
  @MethodSource("changes")
  void everyChangeOnAnotherReplicaIsSeen(Consumer<SessionBackend> change) {
    openReader("PT10M");
    assertThat(reading.store().find("id-1").map(Session::version)).contains(0L);

    change.accept(writing);

    await()
        .atMost(10, TimeUnit.SECONDS)
        .until(() -> !reading.store().find("id-1").map(Session::version).equals(version(0)));
  }

  private static Optional<Long> version(long version) {
    return Optional.of(version);
  }

  @ParameterizedTest
  @MethodSource("changes")
  void ownChangeIsSeenAtOnce(Consumer<SessionBackend> change) {
    openReader("PT10M");
    reading.store().find("id-1");

    change.accept(reading);

    assertThat(reading.store().find("id-1").map(Session::version)).isNotEqualTo(version(0));
  }

  @Test
  void memoryServesWhileEventsArrive() {
    openReader("PT10M");
    reading.store().find("id-1");

    changeUnannounced();

    assertThat(readerSeesWhatIsUnannounced()).isFalse();
  }

  @Test
  void memoryDoesNotServeWhileNoEventsArrive() throws IOException {
    openReader("PT10M");
    reading.store().find("id-1");
    changeUnannounced();

    relay.close(); // The listener cannot come back.

    await().atMost(10, TimeUnit.SECONDS).until(() -> state() != DeliveryState.LIVE);
    assertThat(readerSeesWhatIsUnannounced()).isTrue();
  }

  @Test
  void whileTheListenerHangsNothingIsServedForLongerThanTheBound() {
    openReader("PT1S");
    reading.store().find("id-1");

    relay.stall();
    writing.store().delete("id-1");

    await().atMost(20, TimeUnit.SECONDS).until(() -> reading.store().find("id-1").isEmpty());
    assertThat(state()).as("it has not noticed").isEqualTo(DeliveryState.LIVE);
  }

  @Test
  void afterAGapNothingIsRememberedThatWasBefore() {
    openReader("PT10M");
    reading.store().find("id-1");
    changeUnannounced();
    assertThat(readerSeesWhatIsUnannounced()).isFalse();

    TestDatabase.emptyLog(); // Whatever was announced there, nobody will ever know.
    writing.store().create("id-2", "bob", Json.createObjectBuilder().build());

    await().atMost(10, TimeUnit.SECONDS).until(this::readerSeesWhatIsUnannounced);
  }
}
