package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.config.BelfrySettings;
import dev.belfry.config.BelfrySettings.SchemaMode;
import dev.belfry.config.Settings;
import dev.belfry.event.Broadcaster;
import dev.belfry.event.BroadcasterContract;
import dev.belfry.event.BroadcasterException;
import dev.belfry.event.BroadcasterUnavailableException;
import dev.belfry.event.DeliveryMonitor;
import dev.belfry.event.DeliveryState;
import dev.belfry.event.DeliveryStateChanged;
import dev.belfry.event.EventTooLargeException;
import dev.belfry.event.LocalFanout;
import dev.belfry.event.ServerEvent;
import dev.belfry.event.Subscription;
import dev.belfry.postgres.PostgresBroadcaster.DataSources;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.ds.PGSimpleDataSource;

@Timeout(60)
class PostgresBroadcasterTest extends BroadcasterContract {

  private static final Map<String, String> QUICK =
      Map.of("belfry.listener.reconnect-max", "PT0.2S", "belfry.listener.probe-interval", "PT1S");

  private static HikariDataSource pool;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Queue<DeliveryStateChanged> changes = new ConcurrentLinkedQueue<>();
  private final List<Broadcaster> opened = new ArrayList<>();

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

  @AfterEach
  void stop() throws InterruptedException {
    opened.forEach(Broadcaster::close);
    threads.shutdown();
    assertThat(threads.awaitTermination(5, TimeUnit.SECONDS)).as("no thread stays").isTrue();
  }

  @Override
  protected Broadcaster createBroadcaster(LocalFanout fanout) {
    return broadcaster(fanout, new DataSources(pool, pool), QUICK);
  }

  private Broadcaster broadcaster(
      LocalFanout fanout, DataSources sources, Map<String, String> configured) {
    BelfrySettings settings = Settings.with(configured);
    Broadcaster created =
        new PostgresBroadcaster(
            sources,
            new PostgresSchema(sources.main(), new SessionTable("", "sessions"), SchemaMode.NONE),
            settings,
            fanout,
            new DeliveryMonitor(Clock.systemUTC(), changes::add),
            threads);
    opened.add(created);
    return created;
  }

  private Broadcaster anotherReplica() {
    Broadcaster replica = createBroadcaster(new LocalFanout(event -> {}));
    replica.start();
    return replica;
  }

  @Test
  void eventReachesEveryReplica() throws Exception {
    Subscription elsewhere = anotherReplica().subscribe(10);

    broadcaster.publish(event(1));

    assertThat(elsewhere.next(LONG)).contains(event(1));
  }

  @Test
  void eventOfTheOriginalIsReceived() throws Exception {
    Subscription subscription = broadcaster.subscribe(10);

    TestDatabase.execute(
        "NOTIFY mcp_notifications, '{\"method\":\"x\"}'",
        "NOTIFY mcp_notifications, '{\"method\":\"y\",\"params\":{\"a\":1},\"future\":true}'",
        "NOTIFY mcp_notifications, '{\"method\":\"z\",\"params\":null}'");

    assertThat(take(subscription, 3))
        .containsExactly(
            ServerEvent.of("x"),
            ServerEvent.of("y", Json.createObjectBuilder().add("a", 1).build()),
            ServerEvent.of("z"));
  }

  @Test
  void theOriginalReceivesWhatItUnderstands() throws Exception {
    try (Connection original = TestDatabase.dataSource().getConnection();
        Statement statement = original.createStatement()) {
      statement.execute("LISTEN mcp_notifications");
      broadcaster.publish(ServerEvent.of("a/b"));
      broadcaster.publish(event(1));

      List<JsonObject> received = new ArrayList<>();
      while (received.size() < 2) {
        for (PGNotification notification :
            original.unwrap(PGConnection.class).getNotifications(10_000)) {
          received.add(
              Json.createReader(new StringReader(notification.getParameter())).readObject());
        }
      }

      assertThat(received.get(0).getString("method")).isEqualTo("a/b");
      assertThat(received.get(0)).doesNotContainKey("params");
      assertThat(received.get(1).getJsonObject("params")).isEqualTo(event(1).params());
    }
  }

  @Test
  void undecodableNotificationsAreSkippedAndDoNotEndTheLoop() throws Exception {
    Subscription subscription = broadcaster.subscribe(10);

    TestDatabase.execute(
        "NOTIFY mcp_notifications",
        "NOTIFY mcp_notifications, 'not json'",
        "NOTIFY mcp_notifications, '[1]'",
        "NOTIFY mcp_notifications, '{\"params\":{}}'",
        "NOTIFY mcp_notifications, '{\"method\":7}'",
        "NOTIFY mcp_notifications, '{\"method\":\" \"}'",
        "NOTIFY mcp_notifications, '{\"method\":\"line\\nbreak\"}'",
        "NOTIFY mcp_notifications, '{\"method\":\"x\",\"params\":[1]}'",
        "SELECT pg_notify('mcp_notifications', '{\"method\":\"x\",\"params\":' || repeat('[', 3000) || repeat(']', 3000) || '}')",
        "NOTIFY mcp_notifications, '{\"method\":\"good\"}'");

    assertThat(subscription.next(LONG)).contains(ServerEvent.of("good"));
  }

  @Test
  void eventOfUpTo7999BytesTravelsAndALargerOneIsRefused() throws Exception {
    Subscription subscription = broadcaster.subscribe(10);
    int overhead = new NotifyPayload().encode(text("")).length();
    // The sequence number may grow by some digits while other events are published.
    ServerEvent fits = text("ä".repeat((NotifyPayload.MAX_BYTES - overhead - 3) / 2));

    broadcaster.publish(fits);

    assertThat(subscription.next(LONG)).contains(fits);
    assertThatThrownBy(() -> broadcaster.publish(text("x".repeat(NotifyPayload.MAX_BYTES))))
        .isInstanceOf(EventTooLargeException.class)
        .hasMessageContaining("at most 7999");
    assertThat(broadcaster.publishAsync(text("x".repeat(NotifyPayload.MAX_BYTES))))
        .failsWithin(LONG)
        .withThrowableThat()
        .withCauseInstanceOf(EventTooLargeException.class);
  }

  private static ServerEvent text(String text) {
    return ServerEvent.of("t", Json.createObjectBuilder().add("text", text).build());
  }

  @Test
  void payloadOfExactlyTheLimitIsAcceptedByPostgres() {
    TestDatabase.execute("SELECT pg_notify('elsewhere', repeat('x', 7999))");
    assertThatThrownBy(
            () -> TestDatabase.execute("SELECT pg_notify('elsewhere', repeat('x', 8000))"))
        .hasMessageContaining("payload string too long");
  }

  @Test
  void publishInATransactionHappensIfItCommits() throws Exception {
    Subscription subscription = broadcaster.subscribe(10);
    try (Connection connection = TestDatabase.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      Broadcaster inTransaction =
          broadcaster(
              new LocalFanout(event -> {}),
              new DataSources(new SingleConnection(connection), pool),
              QUICK);
      inTransaction.publish(event(1));
      connection.rollback();
      // Twice the same in one transaction: PostgreSQL would merge equal payloads.
      inTransaction.publish(event(2));
      inTransaction.publish(event(2));
      connection.commit();
    }

    assertThat(take(subscription, 2)).containsExactly(event(2), event(2));
  }

  @Test
  void failureOfNotifyReachesTheCaller() {
    PGSimpleDataSource nowhere = TestDatabase.dataSource();
    nowhere.setPortNumbers(new int[] {1});
    Broadcaster cutOff =
        broadcaster(new LocalFanout(event -> {}), new DataSources(nowhere, pool), QUICK);
    cutOff.start();

    assertThatThrownBy(() -> cutOff.publish(event(1)))
        .isInstanceOf(BroadcasterUnavailableException.class)
        .hasMessageStartingWith("NOTIFY on channel mcp_notifications failed");
    assertThat(cutOff.publishAsync(event(1)))
        .failsWithin(LONG)
        .withThrowableThat()
        .withCauseInstanceOf(BroadcasterUnavailableException.class);
  }

  @Test
  void lostConnectionIsMadeAnewAndEveryChangeIsAnnounced() throws Exception {
    Subscription subscription = broadcaster.subscribe(10);

    terminateListeners();

    await().atMost(LONG).until(() -> changes.size() >= 3);
    assertThat(changes)
        .extracting(DeliveryStateChanged::to)
        .containsExactly(DeliveryState.LIVE, DeliveryState.CONNECTING, DeliveryState.LIVE);
    broadcaster.publish(event(1));
    assertThat(subscription.next(LONG)).contains(event(1));
  }

  @Test
  void listenerIsOneConnectionThatOperatorsCanTell() {
    assertThat(TestDatabase.query(LISTENERS)).hasSize(1);
    broadcaster.close();
    await().atMost(LONG).until(() -> TestDatabase.query(LISTENERS).isEmpty());
  }

  private static final String LISTENERS =
      "SELECT pid FROM pg_stat_activity WHERE application_name = 'belfry listener'";

  private static void terminateListeners() {
    assertThat(TestDatabase.query("SELECT pg_terminate_backend(pid) FROM (" + LISTENERS + ") AS l"))
        .containsOnly("t");
  }

  @Test
  void halfOpenConnectionIsFound() throws Exception {
    try (TcpRelay relay = new TcpRelay(TestDatabase.port())) {
      PGSimpleDataSource throughRelay = TestDatabase.dataSource();
      throughRelay.setPortNumbers(new int[] {relay.port()});
      Broadcaster remote =
          broadcaster(new LocalFanout(event -> {}), new DataSources(pool, throughRelay), QUICK);
      remote.start();
      Subscription subscription = remote.subscribe(10);

      relay.stall();

      await().atMost(20, TimeUnit.SECONDS).until(() -> relay.connections() >= 2);
      await().atMost(LONG).until(() -> remote.status().state() == DeliveryState.LIVE);
      remote.publish(event(1));
      assertThat(subscription.next(LONG)).contains(event(1));
    }
  }

  @Test
  void refusedListenFallsBackToMemoryAndClimbsBack() throws Exception {
    PGSimpleDataSource refused = TestDatabase.dataSource();
    refused.setPortNumbers(new int[] {1});
    Broadcaster local =
        broadcaster(new LocalFanout(event -> {}), new DataSources(pool, refused), QUICK);

    local.start();

    assertThat(local.status().state()).isEqualTo(DeliveryState.LOCAL_ONLY);
    assertThat(local.status().reason()).contains("refused");
    Subscription subscription = local.subscribe(10);
    local.publish(event(1));
    assertThat(subscription.next(Duration.ZERO)).contains(event(1));

    refused.setPortNumbers(new int[] {TestDatabase.port()});
    await().atMost(LONG).until(() -> local.status().state() == DeliveryState.LIVE);
    broadcaster.publish(event(2));
    assertThat(subscription.next(LONG)).contains(event(2));
  }

  @Test
  void schemaThatTurnsOutWrongLaterIsNamedInTheStatus() throws Exception {
    TestDatabase.execute("CREATE TABLE of_somebody_else (id int)");
    PGSimpleDataSource refused = TestDatabase.dataSource();
    refused.setPortNumbers(new int[] {1});
    Broadcaster waiting =
        new PostgresBroadcaster(
            new DataSources(refused, refused),
            new PostgresSchema(
                refused, new SessionTable("", "of_somebody_else"), SchemaMode.CREATE),
            Settings.with(QUICK),
            new LocalFanout(event -> {}),
            new DeliveryMonitor(Clock.systemUTC(), changes::add),
            threads);
    opened.add(waiting);
    waiting.start();

    refused.setPortNumbers(new int[] {TestDatabase.port()});

    await()
        .atMost(LONG)
        .until(() -> waiting.status().reason().contains("holds something else than Belfry's"));
    assertThat(waiting.status().state()).isEqualTo(DeliveryState.LOCAL_ONLY);
  }

  @Test
  void wrongSchemaFailsTheStart() {
    TestDatabase.execute("CREATE TABLE of_another (id int)");
    Broadcaster refusing =
        new PostgresBroadcaster(
            new DataSources(pool, pool),
            new PostgresSchema(pool, new SessionTable("", "of_another"), SchemaMode.CREATE),
            Settings.with(QUICK),
            new LocalFanout(event -> {}),
            new DeliveryMonitor(Clock.systemUTC(), changes::add),
            threads);
    opened.add(refusing);

    assertThatThrownBy(refusing::start).isInstanceOf(SchemaException.class);
  }

  @Test
  void refusedListenFailsTheStartWhereThatIsConfigured() {
    PGSimpleDataSource refused = TestDatabase.dataSource();
    refused.setPortNumbers(new int[] {1});
    Broadcaster strict =
        broadcaster(
            new LocalFanout(event -> {}),
            new DataSources(pool, refused),
            Map.of("belfry.events.on-listen-failure", "fail"));

    assertThatThrownBy(strict::start)
        .isInstanceOf(BroadcasterException.class)
        .hasMessageContaining("LISTEN on channel mcp_notifications failed")
        .hasMessageContaining("fallback-to-memory");
  }

  @Test
  void channelIsTakenLiterally() throws Exception {
    Broadcaster mixedCase =
        broadcaster(
            new LocalFanout(event -> {}),
            new DataSources(pool, pool),
            Map.of("belfry.events.channel", "Mixed-Case.channel:ä"));
    mixedCase.start();
    Subscription subscription = mixedCase.subscribe(10);

    mixedCase.publish(event(1));

    assertThat(subscription.next(LONG)).contains(event(1));
  }

  @Test
  void closeWhileConnectingIsPrompt() throws Exception {
    try (TcpRelay relay = new TcpRelay(TestDatabase.port())) {
      relay.stall();
      PGSimpleDataSource stalled = TestDatabase.dataSource();
      stalled.setPortNumbers(new int[] {relay.port()});
      stalled.setConnectTimeout(1);
      stalled.setSocketTimeout(1);
      Broadcaster connecting =
          broadcaster(new LocalFanout(event -> {}), new DataSources(pool, stalled), QUICK);
      connecting.start();

      connecting.close();

      assertThat(connecting.status().state()).isEqualTo(DeliveryState.CLOSED);
    }
  }

  @Test
  void startedAndClosedConcurrentlyLeavesNothingBehind() throws Exception {
    for (int round = 0; round < 20; round++) {
      Broadcaster replica = createBroadcaster(new LocalFanout(event -> {}));
      var starting = threads.submit(replica::start);
      replica.close();
      starting.get(10, TimeUnit.SECONDS);
      assertThat(replica.status().state()).isEqualTo(DeliveryState.CLOSED);
    }
    await().atMost(LONG).until(() -> TestDatabase.query(LISTENERS).size() == 1);
  }

  /** Gives one connection again and again, as a container does within a transaction. */
  private record SingleConnection(Connection connection) implements UnpooledDataSource {
    @Override
    public Connection getConnection() throws SQLException {
      return UnpooledDataSource.withoutClose(connection);
    }
  }
}
