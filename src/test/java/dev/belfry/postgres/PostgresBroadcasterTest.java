package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.config.BelfrySettings;
import dev.belfry.config.BelfrySettings.SchemaMode;
import dev.belfry.config.Settings;
import dev.belfry.event.Audience;
import dev.belfry.event.Broadcaster;
import dev.belfry.event.BroadcasterContract;
import dev.belfry.event.BroadcasterException;
import dev.belfry.event.BroadcasterUnavailableException;
import dev.belfry.event.DeliveryMonitor;
import dev.belfry.event.DeliveryState;
import dev.belfry.event.DeliveryStateChanged;
import dev.belfry.event.EventId;
import dev.belfry.event.EventTooLargeException;
import dev.belfry.event.EventsLostException;
import dev.belfry.event.LocalFanout;
import dev.belfry.event.PublishOption;
import dev.belfry.event.RecordingObserver;
import dev.belfry.event.Replay;
import dev.belfry.event.Reset;
import dev.belfry.event.ServerEvent;
import dev.belfry.event.Subscription;
import dev.belfry.postgres.PostgresBroadcaster.DataSources;
import dev.belfry.postgres.PostgresBroadcaster.Threads;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
      Map.of(
          "belfry.listener.reconnect-max", "PT0.2S",
          "belfry.listener.probe-interval", "PT1S",
          "belfry.events.poll-interval", "PT0.1S",
          "belfry.events.retention-count", "1000");

  private static HikariDataSource pool;

  /** What the broadcaster under test uses. */
  private TransactionalDataSource transactional;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
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
    scheduler.shutdownNow();
    threads.shutdown();
    assertThat(threads.awaitTermination(5, TimeUnit.SECONDS)).as("no thread stays").isTrue();
  }

  @Override
  protected void prepareBackend() {
    TestDatabase.emptyLog();
  }

  @Override
  protected Broadcaster createBroadcaster(LocalFanout fanout) {
    transactional = new TransactionalDataSource(pool, transaction);
    return broadcaster(fanout, new DataSources(transactional, pool), QUICK);
  }

  private Broadcaster broadcaster(
      LocalFanout fanout, DataSources sources, Map<String, String> configured) {
    BelfrySettings settings = Settings.with(configured);
    Broadcaster created =
        new PostgresBroadcaster(
            sources,
            new PostgresSchema(
                sources.main(), new SessionTable("", "sessions"), SchemaMode.NONE, Set.of()),
            settings,
            fanout,
            new DeliveryMonitor(Clock.systemUTC(), changes::add),
            transaction,
            new Threads(threads, scheduler));
    opened.add(created);
    return created;
  }

  private static LocalFanout unobserved() {
    return new LocalFanout(observer(event -> {}));
  }

  private Broadcaster anotherReplica() {
    Broadcaster replica = createBroadcaster(unobserved());
    replica.start();
    return replica;
  }

  @Test
  void eventReachesEveryReplica() throws Exception {
    Subscription elsewhere = anotherReplica().subscribe(10);

    broadcaster.publish(event(1));

    assertThat(elsewhere.next(LONG).map(ServerEvent::withoutId)).contains(event(1));
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

    assertThat(subscription.next(LONG).map(ServerEvent::withoutId))
        .contains(ServerEvent.of("good"));
  }

  @Test
  void eventOfAnySizeTravelsInlineAsFarAsNotifyCarriesIt() throws Exception {
    Subscription subscription = broadcaster.subscribe(10);
    int overhead = new EventCodec(1_048_576).encode(text(""), "").bytes();
    int inline = EventLog.MAX_NOTIFY_BYTES - EventLog.PLACE_BYTES - overhead;
    try (Connection original = TestDatabase.dataSource().getConnection();
        Statement statement = original.createStatement()) {
      statement.execute("LISTEN mcp_notifications");

      for (ServerEvent event :
          List.of(
              text("ä".repeat(inline / 2)),
              text("x".repeat(inline)),
              text("x".repeat(inline + 1)),
              text("\uD83D\uDD14".repeat(200_000)),
              text("x".repeat(1_048_576 - overhead)))) {
        broadcaster.publish(event);
        assertThat(subscription.next(LONG).map(ServerEvent::withoutId)).contains(event);
      }

      PGNotification[] received = original.unwrap(PGConnection.class).getNotifications(10_000);
      assertThat(received).as("those that the original can read").hasSize(2);
    }
  }

  @Test
  void eventOverTheConfiguredSizeIsRefusedBeforeAnythingIsWritten() {
    ServerEvent tooLarge = text("x".repeat(1_048_576));

    assertThatThrownBy(() -> broadcaster.publish(tooLarge))
        .isInstanceOf(EventTooLargeException.class)
        .hasMessageContaining("at most 1048576");
    assertThat(broadcaster.publishAsync(tooLarge))
        .failsWithin(LONG)
        .withThrowableThat()
        .withCauseInstanceOf(EventTooLargeException.class);
    assertThat(TestDatabase.query("SELECT count(*) FROM belfry_event")).containsExactly("0");
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
  void failureReachesTheCaller() {
    PGSimpleDataSource vanishing = TestDatabase.dataSource();
    Broadcaster cutOff = broadcaster(unobserved(), new DataSources(vanishing, pool), QUICK);
    cutOff.start();
    vanishing.setPortNumbers(new int[] {1});

    assertThatThrownBy(() -> cutOff.publish(event(1)))
        .isInstanceOf(BroadcasterUnavailableException.class)
        .hasMessageStartingWith("Publishing on channel mcp_notifications failed");
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
    assertThat(subscription.next(LONG).map(ServerEvent::withoutId)).contains(event(1));
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
      Broadcaster remote = broadcaster(unobserved(), new DataSources(pool, throughRelay), QUICK);
      remote.start();
      Subscription subscription = remote.subscribe(10);

      relay.stall();

      await().atMost(20, TimeUnit.SECONDS).until(() -> relay.connections() >= 2);
      await().atMost(LONG).until(() -> remote.status().state() == DeliveryState.LIVE);
      remote.publish(event(1));
      assertThat(subscription.next(LONG).map(ServerEvent::withoutId)).contains(event(1));
    }
  }

  @Test
  void refusedListenMeansThatTheLogIsReadAndDeliveryClimbsBack() throws Exception {
    PGSimpleDataSource refused = TestDatabase.dataSource();
    refused.setPortNumbers(new int[] {1});
    Broadcaster polling = broadcaster(unobserved(), new DataSources(pool, refused), QUICK);

    polling.start();

    assertThat(polling.status().state()).isEqualTo(DeliveryState.POLLING);
    assertThat(polling.status().reason()).contains("refused");
    Subscription subscription = polling.subscribe(10_000);
    polling.publish(event(0));
    broadcaster.publish(event(1));
    assertThat(take(subscription, 2)).containsExactly(event(0), event(1));

    refused.setPortNumbers(new int[] {TestDatabase.port()});
    int published = 2;
    while (polling.status().state() != DeliveryState.LIVE) {
      broadcaster.publish(event(published++));
    }
    broadcaster.publish(event(published++));
    assertThat(take(subscription, published - 2))
        .as("neither lost nor repeated at the switch")
        .isEqualTo(IntStream.range(2, published).mapToObj(number -> event(number)).toList());
  }

  @Test
  void notificationsThatNoLongerArriveAreNoticedAndDeliveryGoesOn() throws Exception {
    MutedDataSource main = new MutedDataSource(pool);
    Broadcaster replica = broadcaster(unobserved(), new DataSources(main, pool), QUICK);
    replica.start();
    assertThat(replica.status().state()).isEqualTo(DeliveryState.LIVE);
    Subscription subscription = replica.subscribe(100);

    main.mute(true);
    await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> replica.status().state() == DeliveryState.POLLING);
    broadcaster.publish(event(1));
    assertThat(take(subscription, 1)).containsExactly(event(1));

    main.mute(false);
    await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> replica.status().state() == DeliveryState.LIVE);
    broadcaster.publish(event(2));
    assertThat(take(subscription, 1)).containsExactly(event(2));
  }

  @Test
  void databaseThatIsAwayAtTheStartMeansLocalEventsThatTheOthersGetLater() throws Exception {
    PGSimpleDataSource away = TestDatabase.dataSource();
    away.setPortNumbers(new int[] {1});
    Subscription elsewhere = broadcaster.subscribe(100);
    Broadcaster local = broadcaster(unobserved(), new DataSources(away, away), QUICK);
    local.start();
    assertThat(local.status().state()).isEqualTo(DeliveryState.LOCAL_ONLY);
    Subscription subscription = local.subscribe(100);
    PublishOption once = PublishOption.idempotent("key");

    assertThat(local.publish(event(1))).isEmpty();
    local.publish(event(2), once);
    local.publish(event(2), once);
    assertThat(local.publishAsync(event(3)).toCompletableFuture().join()).isEmpty();
    assertThatThrownBy(() -> local.replay(EventId.UNKNOWN))
        .isInstanceOf(BroadcasterUnavailableException.class);
    assertThat(take(subscription, 3)).containsExactly(event(1), event(2), event(3));
    away.setPortNumbers(new int[] {TestDatabase.port()});

    assertThat(take(elsewhere, 3)).containsExactly(event(1), event(2), event(3));
    await().atMost(LONG).until(() -> local.status().state() == DeliveryState.LIVE);
    EventId last = local.publish(event(4)).orElseThrow();
    assertThat(subscription.next(LONG))
        .as("what was delivered here already is not delivered again")
        .contains(event(4).at(last));
    assertThat(last.offset()).isEqualTo(4);
  }

  @Test
  void transactionThatCommitsAfterTheDatabaseCameBackIsPublished() throws Exception {
    PGSimpleDataSource away = TestDatabase.dataSource();
    away.setPortNumbers(new int[] {1});
    Broadcaster local = broadcaster(unobserved(), new DataSources(away, away), QUICK);
    local.start();
    Subscription subscription = local.subscribe(100);

    transaction.begin();
    local.publish(event(1));
    away.setPortNumbers(new int[] {TestDatabase.port()});
    await().atMost(LONG).until(() -> local.status().state() == DeliveryState.LIVE);
    transaction.commit();

    assertThat(take(subscription, 1)).containsExactly(event(1));
  }

  @Test
  void whatIsPublishedWhileTheConnectionIsLostIsDeliveredAfterwards() throws Exception {
    try (TcpRelay relay = new TcpRelay(TestDatabase.port())) {
      PGSimpleDataSource throughRelay = TestDatabase.dataSource();
      throughRelay.setPortNumbers(new int[] {relay.port()});
      Broadcaster remote = broadcaster(unobserved(), new DataSources(pool, throughRelay), QUICK);
      remote.start();
      Subscription subscription = remote.subscribe(5_000);
      broadcaster.publish(event(0));
      assertThat(take(subscription, 1)).containsExactly(event(0));

      relay.stall();
      List<CompletionStage<Optional<EventId>>> published = new ArrayList<>();
      for (int number = 1; number <= 2_000; number++) {
        published.add(broadcaster.publishAsync(event(number)));
      }
      // More than a page, and one that a notification does not carry.
      broadcaster.publish(text("x".repeat(100_000)));
      published.forEach(stage -> stage.toCompletableFuture().join());

      assertThat(take(subscription, 2_000))
          .isEqualTo(IntStream.rangeClosed(1, 2_000).mapToObj(number -> event(number)).toList());
      assertThat(take(subscription, 1)).containsExactly(text("x".repeat(100_000)));
      broadcaster.publish(event(9));
      assertThat(take(subscription, 1)).containsExactly(event(9));
    }
  }

  @Test
  void everyReplicaDeliversTheSameOrderHoweverManyPublish() throws Exception {
    Broadcaster other = anotherReplica();
    Subscription here = broadcaster.subscribe(10_000);
    Subscription there = other.subscribe(10_000);
    List<Future<?>> publishers = new ArrayList<>();
    for (int publisher = 0; publisher < 8; publisher++) {
      Broadcaster replica = publisher % 2 == 0 ? broadcaster : other;
      int first = publisher * 100;
      publishers.add(
          threads.submit(
              () -> {
                for (int number = first; number < first + 100; number++) {
                  // Every tenth is too large for a notification.
                  replica.publish(
                      number % 10 == 0 ? text("n".repeat(9_000) + number) : event(number));
                }
              }));
    }
    for (Future<?> publisher : publishers) {
      publisher.get();
    }

    List<ServerEvent> seen = take(here, 800);

    assertThat(take(there, 800)).isEqualTo(seen);
    assertThat(seen).doesNotHaveDuplicates();
    for (int publisher = 0; publisher < 8; publisher++) {
      List<ServerEvent> own =
          IntStream.range(publisher * 100, publisher * 100 + 100)
              .filter(number -> number % 10 != 0)
              .mapToObj(number -> event(number))
              .toList();
      assertThat(seen).containsSubsequence(own);
    }
  }

  @Test
  void committedEventsOfAReplicaThatDiedAreMovedByAnother() throws Exception {
    Subscription subscription = broadcaster.subscribe(10);

    // What a replica leaves that dies between its commit and the move.
    TestDatabase.execute(
        "BEGIN",
        "INSERT INTO belfry_outbox (channel, payload, bytes) VALUES ('mcp_notifications', '{\"method\":\"first\"}', 18), ('mcp_notifications', '{\"method\":\"second\"}', 19)",
        "COMMIT");

    assertThat(take(subscription, 2))
        .containsExactly(ServerEvent.of("first"), ServerEvent.of("second"));
    assertThat(TestDatabase.query("SELECT count(*) FROM belfry_outbox")).containsExactly("0");
  }

  @Test
  void eventOfAPreparedTransactionIsPublishedWhenThatCommits() throws Exception {
    Subscription subscription = broadcaster.subscribe(10);

    transaction.begin();
    broadcaster.publish(event(1));
    // What a transaction manager does in the two phases of XA.
    transactional.prepare("belfry-test");
    broadcaster.publishAsync(event(2)).toCompletableFuture().join();
    assertThat(take(subscription, 1)).containsExactly(event(2));
    TestDatabase.execute("COMMIT PREPARED 'belfry-test'");
    transaction.commit();

    assertThat(take(subscription, 1)).containsExactly(event(1));
  }

  @Test
  void unknownAudienceIsNobodyAndUnknownEntriesStopNothing() throws Exception {
    Subscription subscription = broadcaster.subscribe(10);

    TestDatabase.execute(
        "INSERT INTO belfry_outbox (channel, payload, bytes) VALUES"
            + " ('mcp_notifications', '{\"method\":\"a\",\"audience\":{\"group\":\"x\"}}', 40),"
            + " ('mcp_notifications', '{\"future\":1}', 14),"
            + " ('mcp_notifications', '{\"method\":\"b\",\"topic\":7}', 27),"
            + " ('mcp_notifications', '{\"method\":\"c\",\"audience\":null}', 34),"
            + " ('mcp_notifications', '{\"method\":\"d\"}', 14)");

    assertThat(take(subscription, 3))
        .extracting(ServerEvent::method, ServerEvent::audience)
        .containsExactly(
            tuple("a", Audience.NOBODY),
            tuple("c", Audience.NOBODY),
            tuple("d", Audience.EVERYONE));
    await().atMost(LONG).until(() -> broadcaster.latest().orElseThrow().offset() == 5);
  }

  @Test
  void theOriginalHearsNothingThatIsNotForEveryone() throws Exception {
    try (Connection original = TestDatabase.dataSource().getConnection();
        Statement statement = original.createStatement()) {
      statement.execute("LISTEN mcp_notifications");

      broadcaster.publish(event(1).onTopic("internal"));
      broadcaster.publish(event(2).forUser("alice"));
      broadcaster.publish(event(3).forSession("session"));
      broadcaster.publish(event(4));

      PGNotification[] received = original.unwrap(PGConnection.class).getNotifications(10_000);
      assertThat(received).hasSize(1);
      assertThat(received[0].getParameter()).contains("\"number\":4");
    }
  }

  @Test
  void badEventFailsAloneAndNotItsBatch() {
    TestDatabase.execute(
        "ALTER TABLE belfry_event ADD CONSTRAINT refuses CHECK (payload ->> 'method' <> 'bad')");
    try {
      List<CompletionStage<Optional<EventId>>> good = new ArrayList<>();
      for (int number = 0; number < 50; number++) {
        good.add(broadcaster.publishAsync(event(number)));
      }
      var bad = broadcaster.publishAsync(ServerEvent.of("bad"));
      good.add(broadcaster.publishAsync(event(50)));

      good.forEach(published -> assertThat(published).succeedsWithin(LONG));
      assertThat(bad)
          .failsWithin(LONG)
          .withThrowableThat()
          .withCauseInstanceOf(BroadcasterException.class)
          .withMessageContaining("refuses");
    } finally {
      TestDatabase.execute("ALTER TABLE belfry_event DROP CONSTRAINT refuses");
    }
  }

  @Test
  void eventThatNoReplicaCouldReadIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> broadcaster.publish(text("half a pair: " + '\uD800')))
        .withMessageContaining("half a surrogate pair");
    JsonObject deep = JsonValue.EMPTY_JSON_OBJECT;
    for (int depth = 0; depth < 500; depth++) {
      deep = Json.createObjectBuilder().add("a", deep).build();
    }
    ServerEvent tooDeep = ServerEvent.of("deep", deep);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> broadcaster.publish(tooDeep))
        .withMessageContaining("nested more than 500 deep");
    ServerEvent tooLong =
        ServerEvent.of(
            "number",
            Json.createObjectBuilder()
                .add("n", new BigDecimal("1".repeat(600) + "." + "2".repeat(600)))
                .build());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> broadcaster.publish(tooLong))
        .withMessageContaining("a number of more than 1000 characters");
  }

  @Test
  void transactionThatAnErrorEndsLeavesNothing() {
    Error failure = new OutOfMemoryError("as this test wants it");

    assertThatThrownBy(
            () ->
                Transactions.run(
                    pool,
                    connection -> {
                      try (Statement statement = connection.createStatement()) {
                        statement.execute("CREATE TABLE half_done (id int)");
                      }
                      throw failure;
                    }))
        .isSameAs(failure);

    assertThat(TestDatabase.query("SELECT to_regclass('half_done')")).containsOnlyNulls();
    assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isLessThan(3);
  }

  @Test
  void autocommitThatIsOffIsRefused() throws Exception {
    HikariConfig config = new HikariConfig();
    config.setDataSource(TestDatabase.dataSource());
    config.setAutoCommit(false);
    try (HikariDataSource withoutAutocommit = new HikariDataSource(config)) {
      Broadcaster refusing =
          broadcaster(unobserved(), new DataSources(withoutAutocommit, withoutAutocommit), QUICK);

      assertThatThrownBy(refusing::start)
          .isInstanceOf(SchemaException.class)
          .hasMessageContaining("autocommit off");
    }
  }

  @Test
  void busyPoolOfThePublishersDoesNotHoldUpDelivery() throws Exception {
    try (HikariDataSource busy = TestDatabase.pool()) {
      busy.setMaximumPoolSize(2);
      busy.setConnectionTimeout(3_000);
      Broadcaster replica =
          broadcaster(
              unobserved(),
              new DataSources(busy, pool),
              Map.of("belfry.listener.probe-interval", "PT1S"));
      replica.start();
      Subscription subscription = replica.subscribe(100);
      try (Connection one = busy.getConnection();
          Connection two = busy.getConnection()) {
        // Longer than the probe interval, so that a ping is due.
        for (int number = 0; number < 4; number++) {
          await().pollDelay(1, TimeUnit.SECONDS).until(() -> one.isValid(1) && two.isValid(1));
          broadcaster.publish(event(number));
          assertThat(subscription.next(LONG).map(ServerEvent::withoutId)).contains(event(number));
        }
        assertThat(replica.status().state()).isEqualTo(DeliveryState.LIVE);
      }
    }
  }

  @Test
  void whatIsTooOldIsTrimmed() {
    EventId old = IntStream.range(0, 10).mapToObj(this::publishNumber).toList().get(9);
    broadcaster.publish(event(10), PublishOption.idempotent("key"));
    TestDatabase.execute(
        "UPDATE belfry_event SET created_at = now() - interval '24 hours 1 second' WHERE event_offset <= 10",
        "UPDATE belfry_idempotency SET created_at = now() - interval '24 hours 1 second'",
        "INSERT INTO belfry_epoch (channel, epoch, first_offset, started_at) VALUES ('mcp_notifications', 'older', 1, now() - interval '2 days')");

    assertThat(broadcaster.trim()).isEqualTo(10);

    assertThat(((Replay.Events) broadcaster.replay(old)).events())
        .extracting(ServerEvent::withoutId)
        .containsExactly(event(10));
    assertThat(TestDatabase.query("SELECT count(*) FROM belfry_idempotency")).containsExactly("0");
    assertThat(TestDatabase.query("SELECT epoch FROM belfry_epoch"))
        .as("epochs of which nothing is left")
        .containsExactly(old.epoch());
    EventId again = broadcaster.publish(event(11), PublishOption.idempotent("key")).orElseThrow();
    assertThat(again.offset()).as("the key may be used again").isEqualTo(12);
  }

  @Test
  void offsetsGoOnWhenNothingIsLeftOfTheLog() throws Exception {
    EventId last = IntStream.range(0, 10).mapToObj(this::publishNumber).toList().get(9);
    TestDatabase.execute("UPDATE belfry_event SET created_at = now() - interval '2 days'");

    assertThat(broadcaster.trim()).isEqualTo(10);

    Subscription subscription = broadcaster.subscribe(10);
    assertThat(broadcaster.replay(last)).isEqualTo(new Replay.Events(List.of(), last, true));
    EventId next = publishNumber(10);
    assertThat(next).isEqualTo(new EventId(last.epoch(), last.offset() + 1));
    assertThat(subscription.next(LONG)).contains(event(10).at(next));
  }

  @Test
  void eventsThatSomebodyTruncatedAreMissed() throws Exception {
    EventId last = IntStream.range(0, 10).mapToObj(this::publishNumber).toList().get(9);
    await().until(() -> broadcaster.latest().equals(Optional.of(last)));
    Subscription subscription = broadcaster.subscribe(100);

    TestDatabase.execute("TRUNCATE belfry_event");
    publishNumber(10);

    assertThatThrownBy(() -> take(subscription, 2)).isInstanceOf(EventsLostException.class);
    assertThat(broadcaster.replay(last))
        .isInstanceOfSatisfying(
            Replay.Interrupted.class,
            interrupted -> assertThat(interrupted.reset().reason()).isEqualTo(Reset.Reason.LOST));
  }

  @Test
  void rowThatAllMustLockKeepsItsOneVersion() {
    broadcaster.publish(event(0));
    // Each new version everybody would have to go through, as long as anybody has an old snapshot.
    List<String> version = TestDatabase.query("SELECT xmin || ' ' || ctid FROM belfry_log");

    IntStream.range(0, 20).forEach(this::publishNumber);

    assertThat(TestDatabase.query("SELECT xmin || ' ' || ctid FROM belfry_log")).isEqualTo(version);
  }

  @Test
  void keyIsForgottenAfterItsTimeAlsoBeforeItIsTrimmed() {
    EventId first = broadcaster.publish(event(1), PublishOption.idempotent("key")).orElseThrow();
    TestDatabase.execute(
        "UPDATE belfry_idempotency SET created_at = now() - interval '24 hours 1 second'");

    EventId second = broadcaster.publish(event(1), PublishOption.idempotent("key")).orElseThrow();

    assertThat(second.offset()).isEqualTo(first.offset() + 1);
    assertThat(broadcaster.publish(event(1), PublishOption.idempotent("key"))).contains(second);
  }

  @Test
  void logsOfTwoChannelsKnowNothingOfEachOther() throws Exception {
    Broadcaster other =
        broadcaster(
            unobserved(), new DataSources(pool, pool), Map.of("belfry.events.channel", "other"));
    other.start();
    Subscription here = broadcaster.subscribe(10);
    Subscription there = other.subscribe(10);

    EventId one = broadcaster.publish(event(1)).orElseThrow();
    EventId two = other.publish(event(2)).orElseThrow();

    assertThat(one.offset()).isEqualTo(two.offset());
    assertThat(here.next(LONG)).contains(event(1).at(one));
    assertThat(there.next(LONG)).contains(event(2).at(two));
    assertThat(other.replay(one))
        .isInstanceOfSatisfying(
            Replay.Interrupted.class,
            interrupted ->
                assertThat(interrupted.reset().reason()).isEqualTo(Reset.Reason.UNKNOWN));
  }

  @Test
  void replicaThatStopsInTheMiddleOfATransactionHoldsUpNobodyForLong() throws Exception {
    Subscription subscription = broadcaster.subscribe(10);
    broadcaster.publish(event(0));
    try (Connection frozen = TestDatabase.dataSource().getConnection();
        Statement statement = frozen.createStatement()) {
      // As Belfry's own transactions begin; whoever holds the log and freezes is ended.
      frozen.setAutoCommit(false);
      statement.execute("SET LOCAL idle_in_transaction_session_timeout = '2s'");
      statement.execute("SELECT FROM belfry_log FOR UPDATE");

      broadcaster.publish(event(1));

      assertThat(take(subscription, 2)).containsExactly(event(0), event(1));
    } catch (SQLException terminated) {
      assertThat(terminated.getSQLState()).isIn("08006", "25P03", "08003");
    }
  }

  @Test
  void tablesThatWereRestoredFromABackupAreNoticed() throws Exception {
    Subscription subscription = broadcaster.subscribe(100);
    EventId kept = IntStream.range(0, 5).mapToObj(this::publishNumber).toList().get(4);
    List<String> tables = List.of("belfry_log", "belfry_epoch", "belfry_event");
    tables.forEach(
        table ->
            TestDatabase.execute("CREATE TABLE backup_of_" + table + " AS SELECT * FROM " + table));
    EventId lost = IntStream.range(5, 10).mapToObj(this::publishNumber).toList().get(4);
    assertThat(take(subscription, 10)).hasSize(10);

    tables.forEach(
        table ->
            TestDatabase.execute(
                "TRUNCATE " + table,
                "INSERT INTO " + table + " SELECT * FROM backup_of_" + table,
                "DROP TABLE backup_of_" + table));
    EventId after = publishNumber(100);

    assertThat(after.offset()).isEqualTo(kept.offset() + 1);
    assertThat(after.epoch()).isNotEqualTo(kept.epoch());
    assertThatThrownBy(() -> subscription.next(LONG)).isInstanceOf(EventsLostException.class);
    assertThat(broadcaster.replay(lost))
        .isInstanceOfSatisfying(
            Replay.Interrupted.class,
            interrupted -> {
              assertThat(interrupted.reset().reason()).isEqualTo(Reset.Reason.LOST);
              assertThat(interrupted.reset().latest()).isEqualTo(kept);
            });
    assertThat(broadcaster.replay(kept))
        .as("the events of the new epoch, up to where the loss is noted")
        .isEqualTo(new Replay.Events(List.of(event(100).at(after)), after, false));
  }

  private EventId publishNumber(int number) {
    return broadcaster.publish(event(number)).orElseThrow();
  }

  @Test
  void resetIsAnnouncedWhenTheLogWasTrimmedBeforeItWasRead() throws Exception {
    RecordingObserver observed = new RecordingObserver();
    try (TcpRelay relay = new TcpRelay(TestDatabase.port())) {
      PGSimpleDataSource throughRelay = TestDatabase.dataSource();
      throughRelay.setPortNumbers(new int[] {relay.port()});
      Broadcaster remote =
          broadcaster(new LocalFanout(observed), new DataSources(pool, throughRelay), QUICK);
      remote.start();
      Subscription subscription = remote.subscribe(10);
      EventId first = broadcaster.publish(event(0)).orElseThrow();
      await().atMost(LONG).until(() -> remote.latest().equals(Optional.of(first)));

      relay.stall();
      for (int number = 1; number <= 20; number++) {
        broadcaster.publish(event(number));
      }
      TestDatabase.execute("DELETE FROM belfry_event WHERE event_offset < 10");

      EventId last = new EventId(first.epoch(), 21);
      await().atMost(LONG).until(() -> remote.latest().equals(Optional.of(last)));
      assertThat(observed.resets())
          .containsExactly(new Reset(Reset.Reason.TRIMMED, new EventId(first.epoch(), 9), last));
      assertThat(subscription.next(LONG).map(ServerEvent::withoutId)).contains(event(0));
      assertThatThrownBy(() -> subscription.next(LONG)).isInstanceOf(EventsLostException.class);
    }
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
                refused, new SessionTable("", "of_somebody_else"), SchemaMode.CREATE, Set.of()),
            Settings.with(QUICK),
            unobserved(),
            new DeliveryMonitor(Clock.systemUTC(), changes::add),
            transaction,
            new Threads(threads, scheduler));
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
            new PostgresSchema(
                pool, new SessionTable("", "of_another"), SchemaMode.CREATE, Set.of()),
            Settings.with(QUICK),
            unobserved(),
            new DeliveryMonitor(Clock.systemUTC(), changes::add),
            transaction,
            new Threads(threads, scheduler));
    opened.add(refusing);

    assertThatThrownBy(refusing::start).isInstanceOf(SchemaException.class);
  }

  @Test
  void refusedListenFailsTheStartWhereThatIsConfigured() {
    PGSimpleDataSource refused = TestDatabase.dataSource();
    refused.setPortNumbers(new int[] {1});
    Broadcaster strict =
        broadcaster(
            unobserved(),
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
            unobserved(),
            new DataSources(pool, pool),
            Map.of("belfry.events.channel", "Mixed-Case.channel:ä"));
    mixedCase.start();
    Subscription subscription = mixedCase.subscribe(10);

    mixedCase.publish(event(1));

    assertThat(subscription.next(LONG).map(ServerEvent::withoutId)).contains(event(1));
  }

  @Test
  void closeWhileConnectingIsPrompt() throws Exception {
    try (TcpRelay relay = new TcpRelay(TestDatabase.port())) {
      relay.stall();
      PGSimpleDataSource stalled = TestDatabase.dataSource();
      stalled.setPortNumbers(new int[] {relay.port()});
      stalled.setConnectTimeout(1);
      stalled.setSocketTimeout(1);
      Broadcaster connecting = broadcaster(unobserved(), new DataSources(pool, stalled), QUICK);
      connecting.start();

      connecting.close();

      assertThat(connecting.status().state()).isEqualTo(DeliveryState.CLOSED);
    }
  }

  @Test
  void startedAndClosedConcurrentlyLeavesNothingBehind() throws Exception {
    for (int round = 0; round < 20; round++) {
      Broadcaster replica = createBroadcaster(unobserved());
      var starting = threads.submit(replica::start);
      replica.close();
      starting.get(10, TimeUnit.SECONDS);
      assertThat(replica.status().state()).isEqualTo(DeliveryState.CLOSED);
    }
    await().atMost(LONG).until(() -> TestDatabase.query(LISTENERS).size() == 1);
  }
}
