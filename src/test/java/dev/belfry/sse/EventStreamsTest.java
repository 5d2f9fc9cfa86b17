package dev.belfry.sse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belfry.config.Settings;
import dev.belfry.event.Audience;
import dev.belfry.event.BroadcasterUnavailableException;
import dev.belfry.event.EventId;
import dev.belfry.event.MemoryPresence;
import dev.belfry.event.Presence;
import dev.belfry.event.Replay;
import dev.belfry.event.Reset;
import dev.belfry.event.ServerEvent;
import dev.belfry.http.Caller;
import dev.belfry.session.Session;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionDeleted;
import dev.belfry.session.SessionEvent;
import dev.belfry.session.SessionExpired;
import dev.belfry.session.SessionIds;
import dev.belfry.session.SessionRotated;
import dev.belfry.session.SessionRules;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams over the memory backend's log, without a container. */
@Timeout(60)
class EventStreamsTest {

  private static final Duration LONG = Duration.ofSeconds(20);
  private static final String LAST_EVENT_ID = "Last-Event-ID";

  private final FakeExecutors executors = new FakeExecutors();
  private final SessionBackend sessions =
      SessionBackend.inMemory(
          SessionRules.of(Duration.ofMinutes(30)), Clock.systemUTC(), this::tell);
  private Presence presence = new MemoryPresence();
  private EventStreams streams = new EventStreams();
  private TestLog log = new TestLog(() -> streams);

  @AfterEach
  void close() {
    streams.close();
    executors.close();
  }

  @Test
  void newStreamBeginsAtTheCurrentPlace() throws Exception {
    start();
    publish(1, 3);

    FakeExchange client = openPublic();
    publish(4, 5);

    awaitOffsets(client, 3, 4, 5);
    assertThat(client.frames().get(0)).matches("id: \\w+\\.3\nretry: \\d+\ndata:");
    assertThat(client.frames().get(1))
        .isEqualTo(
            "id: %s\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"test/event\",\"params\":{\"n\":4}}"
                .formatted(log.id(4)));
    assertThat(log.reads()).isZero();
  }

  @Test
  void whatReplicasTellEachOtherMovesStreamsOnWithoutAnyReading() throws Exception {
    start();
    publish(1, 1);

    FakeExchange client = openPublic();
    log.broadcaster().tellReplicas(ServerEvent.of("told").onTopic("belfry:test"));
    publish(3, 3);
    FakeExchange resumed = openPublic(log.id(1));

    awaitOffsets(client, 1, 3);
    awaitOffsets(resumed, 1, 3);
    assertThat(log.reads()).isZero();
  }

  @Test
  void beanMadeAfterDeliveryBeganAsksTheBroadcaster() throws Exception {
    log.broadcaster().publish(Events.numbered(1)); // Nobody observes yet.
    start();

    FakeExchange client = openPublic();
    publish(2, 2);

    awaitOffsets(client, 1, 2);
  }

  @Test
  void clientThatIsSlightlyBehindResumesFromMemory() throws Exception {
    start();
    publish(1, 50);

    FakeExchange client = openPublic(log.id(10));
    publish(51, 52);

    awaitOffsets(client, range(10, 52));
    assertThat(log.reads()).isZero();
  }

  @Test
  void clientThatIsFarBehindResumesFromTheLog() throws Exception {
    start();
    publish(1, 3_000);

    FakeExchange client = openPublic(log.id(10));
    publish(3_001, 3_002);

    awaitOffsets(client, range(10, 3_002));
    assertThat(log.reads()).isBetween(4, 7);
  }

  @Test
  void clientOfAReplicaThatWasAheadGetsNothingTwice() throws Exception {
    start();
    log.hold();
    publish(1, 3);

    FakeExchange client = openPublic(log.id(2));
    awaitOffsets(client, 2, 3);
    log.release();
    publish(4, 4);

    awaitOffsets(client, 2, 3, 4);
  }

  @ParameterizedTest
  @CsvSource({
    "10,      ,   11", // the header
    "  ,    20,   21", // the query
    "10,    20,   11", // the header wins
    "'  ',  20,   21", // a blank header is none
    "'  ',  '',   31" // and neither is a blank parameter
  })
  void headerOrElseQueryTellsWhereToResume(String header, String query, long first)
      throws Exception {
    start();
    publish(1, 30);
    FakeExchange client = new FakeExchange();
    if (header != null) {
      client.header(LAST_EVENT_ID, idOrBlank(header));
    }
    if (query != null) {
      client.parameter("lastEventId", idOrBlank(query));
    }

    streams.openPublic(client.request(), client.response());
    publish(31, 31);

    awaitOffsets(client, range(first - 1, 31));
  }

  private String idOrBlank(String offset) {
    return offset.isBlank() ? offset : log.id(Long.parseLong(offset)).toString();
  }

  enum BadId {
    GARBAGE("unknown"),
    UNDECODABLE("unknown"),
    OTHER_EPOCH("unknown"),
    FUTURE("future"),
    TRIMMED("trimmed");

    private final String reason;

    BadId(String reason) {
      this.reason = reason;
    }

    FakeExchange client(TestLog log) {
      return switch (this) {
        case GARBAGE -> new FakeExchange().header(LAST_EVENT_ID, "; DROP TABLE \u00fc");
        case UNDECODABLE -> new FakeExchange().undecodableQuery();
        case OTHER_EPOCH -> new FakeExchange().header(LAST_EVENT_ID, "zz9.5");
        case FUTURE -> new FakeExchange().header(LAST_EVENT_ID, log.id(99_999_999).toString());
        case TRIMMED -> new FakeExchange().header(LAST_EVENT_ID, log.id(1).toString());
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void idThatCannotBeResumedResetsAPublicStream(BadId bad) throws Exception {
    log = new TestLog(() -> streams, 1_200);
    start();
    publish(1, 3_000);
    log.broadcaster().trim();
    FakeExchange client = bad.client(log);

    streams.openPublic(client.request(), client.response());
    eventually().until(() -> client.text().contains("event: reset"));
    publish(3_001, 3_001);

    eventually().untilAsserted(() -> assertThat(offsets(client)).endsWith(3_000L, 3_001L));
    assertThat(client.status()).isEqualTo(200);
    assertThat(client.frames().get(1))
        .isEqualTo(
            "event: reset\nid: %s\ndata: {\"reason\":\"%s\",\"earliest\":\"%s\",\"latest\":\"%s\"}"
                .formatted(log.id(3_000), bad.reason, log.id(1_800), log.id(3_000)));
  }

  @ParameterizedTest
  @EnumSource
  void idThatCannotBeResumedResetsAStreamOfASession(BadId bad) throws Exception {
    log = new TestLog(() -> streams, 1_200);
    start("belfry.stream.reset-notifications", "a,b");
    publish(1, 3_000);
    log.broadcaster().trim();
    FakeExchange client = bad.client(log);

    streams.open(session("s1", "ann"), Caller.ANONYMOUS, client.request(), client.response());
    eventually().until(() -> client.text().contains("\"b\""));
    publish(3_002, 3_002); // After the stream's own claim.

    eventually().untilAsserted(() -> assertThat(offsets(client)).endsWith(3_001L, 3_001L, 3_002L));
    assertThat(client.data().subList(0, 2))
        .containsExactly(
            "{\"jsonrpc\":\"2.0\",\"method\":\"a\"}", "{\"jsonrpc\":\"2.0\",\"method\":\"b\"}");
    assertThat(client.text()).doesNotContain("event:");
  }

  @Test
  void eventsThatTheReplicaMissedResetItsStreams() throws Exception {
    start();
    publish(1, 5);
    FakeExchange of = openPublic();
    FakeExchange ofSession = openSession("s1", "ann");
    EventId place = new EventId("e2", 3);

    log.fanout().reset(new Reset(Reset.Reason.LOST, new EventId("e2", 0), place));
    log.fanout().deliver(Events.numbered(4).at(new EventId("e2", 4)));

    eventually().until(() -> of.ids().contains("e2.4") && ofSession.ids().contains("e2.4"));
    assertThat(of.frames().get(1)).startsWith("event: reset\nid: e2.3\ndata: {\"reason\":\"lost\"");
    assertThat(ofSession.data().get(0)).contains("notifications/tools/list_changed");
    assertThat(ofSession.ids()).endsWith("e2.3", "e2.4");
  }

  @Test
  void eventsGoToThoseTheyAreForLiveFromMemoryAndFromTheLog() throws Exception {
    start("belfry.events.buffer-size", "65536");
    publishForAll();
    FakeExchange fromMemoryOfAnn = openSession("s1", "ann", log.id(0));
    FakeExchange fromMemory = openPublic(log.id(0));
    publish(7, 2_000);
    FakeExchange fromLogOfAnn = openSession("s2", "ann", log.id(0));
    FakeExchange fromLogOfBob = openSession("s3", "bob", log.id(0));
    FakeExchange fromLog = openPublic(log.id(0));
    publishForAll();

    eventually()
        .until(
            () ->
                Stream.of(fromMemoryOfAnn, fromMemory, fromLogOfAnn, fromLogOfBob, fromLog)
                    .allMatch(
                        client -> client.text().contains("last\"}\n\n") && offset(client) > 2_000));
    assertThat(methods(fromMemoryOfAnn))
        .containsExactly("all", "s1", "ann", "last", "all", "s1", "ann", "last");
    assertThat(methods(fromMemory)).containsExactly("all", "last", "all", "last");
    assertThat(methods(fromLogOfAnn)).containsExactly("all", "ann", "last", "all", "ann", "last");
    assertThat(methods(fromLogOfBob)).containsExactly("all", "last", "all", "last");
    assertThat(methods(fromLog)).containsExactly("all", "last", "all", "last");
  }

  private void publishForAll() {
    log.broadcaster().publish(ServerEvent.of("all"));
    log.broadcaster().publish(ServerEvent.of("s1").forSession("s1"));
    log.broadcaster().publish(ServerEvent.of("ann").forUser("ann"));
    log.broadcaster().publish(ServerEvent.of("topic").onTopic("reload"));
    log.broadcaster().publish(ServerEvent.of("none").forSession("other"));
    log.broadcaster().publish(ServerEvent.of("last"));
  }

  private static List<String> methods(FakeExchange client) {
    return client.data().stream()
        .filter(data -> !data.contains("test/event"))
        .map(data -> data.replaceAll(".*\"method\":\"([^\"]*)\".*", "$1"))
        .toList();
  }

  @Test
  void streamOpenedWhileAnEventIsDeliveredGetsItOnceOrIsAfterIt() throws Exception {
    start();
    for (int round = 1; round <= 300; round++) {
      int number = round;
      CompletableFuture<Void> publishing =
          CompletableFuture.runAsync(() -> log.broadcaster().publish(Events.numbered(number)));
      FakeExchange client = openPublic();
      FakeExchange resumed = openPublic(log.id(round - 1L));
      publishing.join();

      eventually().until(() -> offset(client) == number && offset(resumed) == number);
      assertThat(offsets(client))
          .isSubsetOf((long) number - 1, (long) number)
          .doesNotHaveDuplicates();
      assertThat(offsets(resumed)).containsExactly((long) number - 1, (long) number);
    }
  }

  @RepeatedTest(3)
  void replayThatRacesWithPublicationGivesEveryClientAllOnceInOrder() throws Exception {
    start("belfry.events.buffer-size", "65536", "belfry.stream.buffer-bytes", "67108864");
    publish(1, 1_500);
    int publishers = 3;
    int each = 700;
    int last = 1_500 + publishers * each;
    List<CompletableFuture<Void>> publishing =
        IntStream.range(0, publishers)
            .mapToObj(
                publisher ->
                    CompletableFuture.runAsync(
                        () -> {
                          for (int count = 0; count < each; count++) {
                            log.broadcaster().publish(Events.numbered(count));
                          }
                        }))
            .toList();
    Map<FakeExchange, Long> clients = new LinkedHashMap<>();
    for (int count = 0; count < 40; count++) {
      long from = ThreadLocalRandom.current().nextLong(1_500);
      clients.put(openPublic(log.id(from)), from);
    }
    publishing.forEach(CompletableFuture::join);

    eventually().until(() -> clients.keySet().stream().allMatch(client -> offset(client) == last));
    clients.forEach(
        (client, from) -> assertThat(offsets(client)).isEqualTo(List.of(range(from, last))));
  }

  @RepeatedTest(2)
  void smallQueueEndsStreamsInARaceButTheirClientsMissNothing() throws Exception {
    start("belfry.events.buffer-size", "2", "belfry.stream.buffer-bytes", "16384");
    AtomicBoolean published = new AtomicBoolean();
    CompletableFuture<Void> publishing =
        CompletableFuture.runAsync(
            () -> {
              for (int count = 0; count < 5_000; count++) {
                log.broadcaster().publish(Events.numbered(count));
              }
              published.set(true);
            });
    List<Long> seen = new ArrayList<>(List.of(0L));
    int connections = 0;
    while (seen.get(seen.size() - 1) < 5_000) {
      FakeExchange client = openPublic(log.id(seen.get(seen.size() - 1)));
      connections++;
      eventually().until(() -> client.isComplete() || offset(client) == 5_000);
      List<Long> offsets = offsets(client);
      assertThat(offsets.get(0)).isEqualTo(seen.get(seen.size() - 1));
      seen.addAll(offsets.subList(1, offsets.size()));
    }
    publishing.join();
    assertThat(published).isTrue();
    assertThat(connections).isPositive();
    assertThat(seen).isEqualTo(List.of(range(0, 5_000)));
  }

  @Test
  void clientThatDoesNotReadIsCutOffAndDelaysNobody() throws Exception {
    start("belfry.events.buffer-size", "10");
    FakeExchange reading = openPublic();
    FakeExchange stalled = new FakeExchange().stall();
    streams.openPublic(stalled.request(), stalled.response());

    for (long number = 1; number <= 30; number++) {
      publish(number, number);
      long current = number;
      eventually().until(() -> offset(reading) == current);
    }
    assertThat(stalled.writes()).isZero();
    stalled.readOn();

    eventually().until(stalled::isComplete);
    assertThat(offsets(stalled)).isEqualTo(List.of(range(0, offset(stalled))));
    assertThat(offset(stalled)).isBetween(9L, 11L);
    assertThat(last(stalled)).startsWith("retry: ");
    assertThat(reading.isComplete()).isFalse();
    eventually().until(() -> streams.count() == 1);

    awaitOffsets(openPublic(log.id(offset(stalled))), range(offset(stalled), 30));
  }

  @Test
  void stalledClientThatResumesHoldsNoMoreThanAPage() throws Exception {
    start("belfry.events.buffer-size", "10");
    publish(1, 5_000);
    FakeExchange stalled = new FakeExchange().stall().header(LAST_EVENT_ID, log.id(0).toString());
    streams.openPublic(stalled.request(), stalled.response());
    publish(5_001, 5_100);

    eventually().until(() -> log.reads() >= 1);
    assertThat(log.reads()).isLessThanOrEqualTo(2);
    stalled.readOn();

    awaitOffsets(stalled, range(0, 5_100));
    assertThat(stalled.isComplete()).isFalse();
  }

  @Test
  void fewReadsAtATimeAndNoneForThoseWhoAreGone() throws Exception {
    start();
    publish(1, 2_000);
    Semaphore turns = new Semaphore(0);
    AtomicInteger reading = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    log.beforeRead(
        () -> {
          most.accumulateAndGet(reading.incrementAndGet(), Math::max);
          turns.acquireUninterruptibly();
          reading.decrementAndGet();
        });
    List<FakeExchange> clients = new ArrayList<>();
    for (int count = 0; count < 20; count++) {
      clients.add(openPublic(log.id(900)));
    }
    FakeExchange gone = openSession("s1", "ann", log.id(900));
    eventually().until(() -> reading.get() == 4);
    streams.end("s1");
    turns.release(1_000);

    for (FakeExchange client : clients) {
      awaitOffsets(client, range(900, 2_000));
    }
    eventually().until(gone::isComplete);
    assertThat(most).hasValue(4);
    assertThat(offsets(gone)).containsExactly(900L);
  }

  @Test
  void logThatCannotBeReadEndsTheStreamAndTheClientKeepsItsId() throws Exception {
    start();
    publish(1, 2_000);
    log.beforeRead(
        () -> {
          throw new BroadcasterUnavailableException("as the test wants it", new IOException("x"));
        });

    FakeExchange client = openPublic(log.id(5));

    eventually().until(client::isComplete);
    assertThat(client.frames().get(0)).startsWith("id: " + log.id(5) + "\nretry: ");
    assertThat(last(client)).matches("retry: \\d+");
    log.beforeRead(
        () -> {
          throw new IllegalStateException("as the test wants it");
        });
    eventually().until(openPublic(log.id(5))::isComplete);
    log.beforeRead(() -> {});
    awaitOffsets(openPublic(log.id(5)), range(5, 2_000));
  }

  @Test
  void heartbeatsTellThePlaceOfEventsForOthers() throws Exception {
    start();
    FakeExchange client = openPublic();
    log.broadcaster().publish(Events.numbered(1).forSession("other"));
    eventually().until(() -> client.frames().size() == 1);

    beat();
    eventually().until(() -> client.frames().size() == 2);
    beat();
    eventually().until(() -> client.frames().size() == 3);

    assertThat(client.frames().subList(1, 3))
        .containsExactly(": heartbeat\nid: " + log.id(1), ": heartbeat");
  }

  @Test
  void heartbeatsNeverTakeAClientBack() throws Exception {
    start();
    publish(1, 1_500);
    AtomicBoolean stop = new AtomicBoolean();
    CompletableFuture<Void> beating =
        CompletableFuture.runAsync(
            () -> {
              while (!stop.get()) {
                beat();
              }
            });
    List<FakeExchange> clients = new ArrayList<>();
    for (int count = 0; count < 200; count++) {
      clients.add(openPublic(log.id(count)));
      log.broadcaster()
          .publish(count % 2 == 0 ? Events.numbered(0) : Events.numbered(0).forSession("other"));
    }
    eventually().until(() -> clients.stream().allMatch(client -> offset(client) == 1_700));
    stop.set(true);
    beating.join();

    for (FakeExchange client : clients) {
      assertThat(offsets(client)).isSorted().doesNotHaveDuplicates();
    }
  }

  @Test
  void streamThatTheOthersCannotBeToldOfIsRefused() throws Exception {
    start();
    log.close();

    FakeExchange client = openSession("s1", "ann");

    assertThat(client.status()).isEqualTo(503);
    assertThat(client.responseHeader("Retry-After")).contains("2");
    assertThat(client.text()).isEmpty();
    assertThat(streams.count()).isZero();
  }

  @Test
  void streamIsClaimedWithoutTheIdOfItsSession() throws Exception {
    start();

    openSession("s1", "ann");

    Replay.Events told = (Replay.Events) log.broadcaster().replay(log.id(0));
    assertThat(told.events()).isEmpty();
    assertThat(told.entries()).hasSize(1);
    assertThat(told.entries().get(0).audience())
        .isEqualTo(new Audience.OfSession(SessionIds.fingerprint("s1")));
  }

  @Test
  void streamEndsWithTheCredentialAndOthersDoNot() throws Exception {
    start();
    FakeExchange other = openPublic();
    FakeExchange client = client();
    Caller caller = new Caller("ann", Optional.of(Instant.now().minusSeconds(1)));
    streams.open(session("s1", "ann"), caller, client.request(), client.response());

    endOverdue();

    eventually().until(client::isComplete);
    assertThat(other.isComplete()).isFalse();
  }

  @Test
  void streamEndsAfterItsLongestLifetimeWithAWayBack() throws Exception {
    start("belfry.stream.max-lifetime", "PT1S");
    FakeExchange client = openPublic();

    eventually()
        .untilAsserted(
            () -> {
              endOverdue();
              assertThat(client.isComplete()).isTrue();
            });

    assertThat(last(client)).startsWith("retry: ");
  }

  @RepeatedTest(20)
  void ofStreamsThatOpenTogetherTheLastToClaimStays() throws Exception {
    start();
    List<FakeExchange> clients =
        IntStream.range(0, 8).mapToObj(number -> new FakeExchange()).toList();
    List<CompletableFuture<Void>> opening =
        clients.stream()
            .map(
                client ->
                    CompletableFuture.runAsync(
                        () -> {
                          try {
                            streams.open(
                                session("s1", "ann"),
                                Caller.ANONYMOUS,
                                client.request(),
                                client.response());
                          } catch (IOException failure) {
                            throw new UncheckedIOException(failure);
                          }
                        },
                        executors.executor()))
            .toList();
    opening.forEach(CompletableFuture::join);

    eventually().until(() -> streams.count() == 1);
    publish(1, 1);

    List<FakeExchange> open = clients.stream().filter(client -> !client.isComplete()).toList();
    assertThat(open).hasSize(1);
    eventually().until(() -> offsets(open.get(0)).contains(9L));
    long begun = EventId.parse(open.get(0).ids().get(0)).orElseThrow().offset();
    assertThat(begun).as("the place of the last claim").isEqualTo(8);
  }

  @Test
  void newerStreamOfASessionEndsTheOlder() throws Exception {
    start();
    FakeExchange older = openSession("s1", "ann");
    FakeExchange newer = openSession("s1", "ann");

    eventually().until(older::isComplete);
    assertThat(newer.isComplete()).isFalse();
    eventually().until(() -> streams.count() == 1);
  }

  @Test
  void streamOfASessionThatIsGoneEnds() throws Exception {
    start();
    FakeExchange gone = openSession("s1", "ann");
    sessions.store().create("s2", "ann", JsonValue.EMPTY_JSON_OBJECT);
    FakeExchange alive = openSession("s2", "ann");

    executors.scheduled().get(1).task().run();

    eventually().until(gone::isComplete);
    assertThat(alive.isComplete()).isFalse();
  }

  @Test
  void streamOfASessionThatIsDeletedEndsAtOnce() throws Exception {
    start();
    sessions.store().create("s1", "ann", JsonValue.EMPTY_JSON_OBJECT);
    FakeExchange deleted = openSession("s1", "ann");
    FakeExchange other = openSession("s2", "ann");

    sessions.store().delete("s1");

    eventually().until(deleted::isComplete);
    assertThat(other.isComplete()).isFalse();
  }

  @Test
  void streamOfASessionThatHasAnotherIdNowEndsAtOnce() throws Exception {
    start();
    sessions.store().create("s1", "ann", JsonValue.EMPTY_JSON_OBJECT);
    FakeExchange old = openSession("s1", "ann");
    FakeExchange other = openSession("s2", "ann");

    sessions.revocation().rotate("s1", "s3");

    eventually().until(old::isComplete);
    assertThat(other.isComplete()).isFalse();
  }

  @Test
  void streamOfASessionThatHasExpiredEndsAtOnce() throws Exception {
    start();
    FakeExchange expired = openSession("s1", "ann");
    FakeExchange other = openSession("s2", "ann");

    streams.onExpired(new SessionExpired(session("s1", "ann")));

    eventually().until(expired::isComplete);
    assertThat(other.isComplete()).isFalse();
  }

  @Test
  void streamEndsWithItsSessionWhereIdsAreHashed() throws Exception {
    start();
    FakeExchange deleted = openSession("dps_s1", "ann");
    FakeExchange other = openSession("dps_s2", "ann");

    streams.onDeleted(new SessionDeleted(SessionIds.fingerprint("dps_s1"), "ann"));

    eventually().until(deleted::isComplete);
    assertThat(other.isComplete()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "not valid", "unknown"})
  void endOfASessionWithoutAStreamIsNothing(String id) throws Exception {
    start();
    FakeExchange other = openSession("s1", "ann");
    FakeExchange ofNobody = openPublic();

    streams.onDeleted(new SessionDeleted(id, "ann"));
    publish(1, 1);

    eventually().until(() -> offset(other) == 2 && offset(ofNobody) == 2); // After a claim.
    assertThat(streams.count()).isEqualTo(2);
  }

  private void tell(SessionEvent event) {
    if (event instanceof SessionDeleted deleted) {
      streams.onDeleted(deleted);
    } else if (event instanceof SessionRotated rotated) {
      streams.onRotated(rotated);
    }
  }

  @Test
  void eventInNoLogReachesStreamsWithoutAnId() throws Exception {
    start();
    FakeExchange client = openPublic();

    log.fanout().deliver(ServerEvent.of("original"));

    eventually().until(() -> client.frames().size() == 2);
    assertThat(client.frames().get(1))
        .isEqualTo("data: {\"jsonrpc\":\"2.0\",\"method\":\"original\"}");
  }

  @Test
  void numberOfStreamsIsReported() throws Exception {
    start("belfry.presence.interval", "PT3S");
    FakeExecutors.Scheduled report = executors.scheduled().get(2);
    assertThat(report.initialDelay()).isZero();
    assertThat(report.interval()).isEqualTo(3_000);
    openPublic();
    openPublic();

    report.task().run();

    assertThat(presence.count()).isEqualTo(new Presence.Count(1, 2));
  }

  @Test
  void reportThatFailsIsTriedAgain() {
    presence =
        new Presence() {
          @Override
          public Count count() {
            throw new UnsupportedOperationException();
          }

          @Override
          public void report(int open) {
            throw new BroadcasterUnavailableException("as the test wants it", new IOException("x"));
          }

          @Override
          public void close() {}
        };
    start();

    executors.scheduled().get(2).task().run();

    assertThat(executors.scheduled().get(2).future().isDone()).isFalse();
  }

  @Test
  void closeSpreadsTheEndOfAllStreamsAndRefusesNewOnes() throws Exception {
    start("belfry.stream.drain", "PT0.6S");
    List<FakeExchange> clients = new ArrayList<>();
    for (int count = 0; count < 30; count++) {
      clients.add(openPublic());
    }
    long begin = System.nanoTime();
    CompletableFuture<Void> closing = CompletableFuture.runAsync(streams::close);

    eventually().until(() -> clients.stream().anyMatch(FakeExchange::isComplete));
    assertThat(clients.stream().filter(FakeExchange::isComplete).count())
        .as("some go early, not all")
        .isLessThan(20);
    FakeExchange late = openPublic();
    assertThat(late.status()).isEqualTo(503);
    assertThat(late.responseHeader("Retry-After")).isPresent();
    publish(1, 1);
    closing.join();

    Duration took = Duration.ofNanos(System.nanoTime() - begin);
    assertThat(took).isBetween(Duration.ofMillis(500), Duration.ofSeconds(2));
    assertThat(clients).allMatch(FakeExchange::isComplete);
    assertThat(clients.stream().map(EventStreamsTest::last).distinct().count())
        .as("different times to come back")
        .isGreaterThan(15);
    assertThat(clients).allMatch(client -> last(client).matches("retry: \\d+"));
    assertThat(new HashSet<>(clients.stream().map(EventStreamsTest::offset).toList()))
        .as("events go on being delivered meanwhile")
        .containsExactlyInAnyOrder(0L, 1L);
    assertThat(executors.scheduled()).allMatch(task -> task.future().isCancelled());
    streams.close();
  }

  @Test
  void closeDoesNotWaitForeverForAClientThatDoesNotRead() throws Exception {
    start("belfry.stream.drain", "PT0.1S");
    FakeExchange stalled = new FakeExchange().stall();
    streams.openPublic(stalled.request(), stalled.response());
    long begin = System.nanoTime();

    streams.close();

    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(4));
    stalled.readOn();
    eventually().until(stalled::isComplete);
  }

  @Test
  void closeWithoutStreamsTakesNoTime() {
    start();
    long begin = System.nanoTime();

    streams.close();

    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(1));
  }

  @Test
  void clientThatComesToAnotherReplicaWhileThisOneStopsMissesNothing() throws Exception {
    start("belfry.stream.drain", "PT0.2S");
    List<FakeExchange> clients = new ArrayList<>();
    for (int count = 0; count < 20; count++) {
      clients.add(openPublic());
    }
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<Void> publishing =
        CompletableFuture.runAsync(
            () -> {
              for (int number = 0; number < 2_000; number++) {
                log.broadcaster().publish(Events.numbered(number));
                begun.countDown();
              }
            });
    begun.await();
    streams.close();
    publishing.join();

    streams = new EventStreams();
    start();
    for (FakeExchange client : clients) {
      long seen = offset(client);
      assertThat(offsets(client)).isEqualTo(List.of(range(0, seen)));
      awaitOffsets(openPublic(log.id(seen)), range(seen, 2_000));
    }
  }

  private void start(String... settings) {
    Map<String, String> values =
        IntStream.range(0, settings.length / 2)
            .boxed()
            .collect(
                Collectors.toMap(index -> settings[2 * index], index -> settings[2 * index + 1]));
    streams.executor = executors.executor();
    streams.scheduler = executors.scheduler();
    streams.use(sessions.store(), Settings.with(values), log.broadcaster(), presence);
    streams.start();
  }

  private void publish(long from, long to) {
    LongStream.rangeClosed(from, to)
        .forEach(number -> log.broadcaster().publish(Events.numbered(number)));
  }

  private void endOverdue() {
    executors.scheduled().get(3).task().run();
  }

  private void beat() {
    executors.scheduled().get(0).task().run();
  }

  private FakeExchange openPublic(EventId... lastSeen) throws IOException {
    FakeExchange client = client(lastSeen);
    streams.openPublic(client.request(), client.response());
    return client;
  }

  private FakeExchange openSession(String id, String userId, EventId... lastSeen)
      throws IOException {
    FakeExchange client = client(lastSeen);
    streams.open(session(id, userId), Caller.ANONYMOUS, client.request(), client.response());
    return client;
  }

  private static FakeExchange client(EventId... lastSeen) {
    FakeExchange client = new FakeExchange();
    Stream.of(lastSeen).forEach(id -> client.header(LAST_EVENT_ID, id.toString()));
    return client;
  }

  private static Session session(String id, String userId) {
    Instant now = Instant.now();
    return new Session(
        id, userId, now, now, now, JsonValue.EMPTY_JSON_OBJECT, 1, JsonValue.EMPTY_JSON_OBJECT);
  }

  private static ConditionFactory eventually() {
    return await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5)).atMost(LONG);
  }

  private static void awaitOffsets(FakeExchange client, Long... offsets) {
    eventually().untilAsserted(() -> assertThat(offsets(client)).isEqualTo(List.of(offsets)));
  }

  private static void awaitOffsets(FakeExchange client, int... offsets) {
    awaitOffsets(client, IntStream.of(offsets).mapToObj(Long::valueOf).toArray(Long[]::new));
  }

  private static Long[] range(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toArray(Long[]::new);
  }

  private static List<Long> offsets(FakeExchange client) {
    return client.ids().stream()
        .map(id -> EventId.parse(id).orElseThrow())
        .filter(
            id ->
                !id.epoch().equals("unknown")
                    && !id.epoch().equals("zz9")
                    && id.offset() < 1_000_000)
        .map(EventId::offset)
        .toList();
  }

  /** That of the last frame that has one. */
  private static long offset(FakeExchange client) {
    return client.lastId().flatMap(EventId::parse).map(EventId::offset).orElse(-1L);
  }

  private static String last(FakeExchange client) {
    List<String> frames = client.frames();
    return frames.get(frames.size() - 1);
  }
}
