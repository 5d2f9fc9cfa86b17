package dev.belfry.sse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belfry.config.Settings;
import dev.belfry.event.EventId;
import dev.belfry.event.MemoryPresence;
import dev.belfry.event.Reset;
import dev.belfry.event.ServerEvent;
import dev.belfry.http.Caller;
import dev.belfry.http.ListenRequest;
import dev.belfry.http.ListenRequest.NotificationType;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionRules;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What {@code subscriptions/listen} is answered, over the memory backend's log. */
@Timeout(60)
class ListenTest {

  private static final String TOOLS = "notifications/tools/list_changed";
  private static final String PROMPTS = "notifications/prompts/list_changed";
  private static final String UPDATED = "notifications/resources/updated";

  private final FakeExecutors executors = new FakeExecutors();
  private final EventStreams streams = new EventStreams();
  private final TestLog log = new TestLog(() -> streams);

  @BeforeEach
  void start() {
    streams.executor = executors.executor();
    streams.scheduler = executors.scheduler();
    streams.use(
        SessionBackend.inMemory(
                SessionRules.of(Duration.ofMinutes(30)), Clock.systemUTC(), event -> {})
            .store(),
        Settings.with(Map.of("belfry.stream.drain", "PT0S")),
        log.broadcaster(),
        new MemoryPresence());
    streams.start();
  }

  @AfterEach
  void close() {
    streams.close();
    executors.close();
  }

  @Test
  void acknowledgementComesFirstAndSaysWhatIsHonoured() throws Exception {
    FakeExchange client =
        listen(
            new ListenRequest(
                Json.createValue("a\"b"), Set.of(NotificationType.TOOLS), Set.of("file:///x")));

    awaitData(
        client,
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/subscriptions/acknowledged\",\"params\":"
            + "{\"_meta\":{\"io.modelcontextprotocol/subscriptionId\":\"a\\\"b\"},"
            + "\"notifications\":{\"toolsListChanged\":true,\"resourceSubscriptions\":[\"file:///x\"]}}}");
    assertThat(client.responseHeader("X-Accel-Buffering")).contains("no");
  }

  @Test
  void onlyWhatWasAskedForComesAndEachWithTheSubscription() throws Exception {
    FakeExchange tools = listen(request(7, NotificationType.TOOLS));
    FakeExchange prompts = listen(request(8, NotificationType.PROMPTS));

    publish(ServerEvent.of(TOOLS));
    publish(ServerEvent.of("demo/hello"));
    publish(ServerEvent.of(PROMPTS));

    awaitData(tools, acknowledged(7, "toolsListChanged"), notification(TOOLS, 7));
    awaitData(prompts, acknowledged(8, "promptsListChanged"), notification(PROMPTS, 8));
    assertThat(tools.text()).doesNotContain("id: ");
  }

  @Test
  void updatesOfOtherResourcesDoNotCome() throws Exception {
    FakeExchange client =
        listen(new ListenRequest(Json.createValue(1), Set.of(), Set.of("file:///mine")));

    publish(updated("file:///other"));
    publish(ServerEvent.of(UPDATED));
    publish(updated("file:///mine"));

    awaitCount(client, 2);
    assertThat(client.data().get(1))
        .isEqualTo(
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/resources/updated\",\"params\":"
                + "{\"_meta\":{\"io.modelcontextprotocol/subscriptionId\":1},\"uri\":\"file:///mine\"}}");
  }

  @Test
  void whatElseIsInTheMetadataStaysAndNobodyElsesSubscription() throws Exception {
    FakeExchange client = listen(request(1, NotificationType.TOOLS));
    JsonObject meta =
        Json.createObjectBuilder()
            .add("io.modelcontextprotocol/subscriptionId", 99)
            .add("traceparent", "00-1")
            .build();

    publish(ServerEvent.of(TOOLS, Json.createObjectBuilder().add("_meta", meta).build()));
    publish(ServerEvent.of(TOOLS, Json.createObjectBuilder().add("_meta", 5).build()));

    awaitCount(client, 3);
    assertThat(client.data().get(1))
        .isEqualTo(
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\",\"params\":"
                + "{\"_meta\":{\"io.modelcontextprotocol/subscriptionId\":1,\"traceparent\":\"00-1\"}}}");
    assertThat(client.data().get(2)).isEqualTo(notification(TOOLS, 1));
  }

  @Test
  void eventsForOthersDoNotCome() throws Exception {
    FakeExchange ann =
        listen(request(1, NotificationType.TOOLS), new Caller("ann", Optional.empty()));
    FakeExchange nobody = listen(request(2, NotificationType.TOOLS));

    publish(ServerEvent.of(TOOLS).forUser("ben"));
    publish(ServerEvent.of(TOOLS).forSession("s1"));
    publish(ServerEvent.of(TOOLS).onTopic("reload"));
    publish(ServerEvent.of(TOOLS).forUser("ann"));
    publish(ServerEvent.of(TOOLS));

    awaitCount(ann, 3);
    awaitCount(nobody, 2);
  }

  @Test
  void lastEventIdMeansNothingHere() throws Exception {
    publish(ServerEvent.of(TOOLS));
    EventId before = log.id(0);
    FakeExchange client = new FakeExchange().header("Last-Event-ID", before.toString());

    streams.listen(
        request(1, NotificationType.TOOLS), Caller.ANONYMOUS, client.request(), client.response());
    publish(ServerEvent.of(TOOLS));

    awaitData(client, acknowledged(1, "toolsListChanged"), notification(TOOLS, 1));
  }

  @Test
  void gracefulEndIsTheResult() throws Exception {
    FakeExchange client = listen(request(3, NotificationType.TOOLS));

    streams.close();

    await().until(client::isComplete);
    assertThat(client.data())
        .containsExactly(
            acknowledged(3, "toolsListChanged"),
            "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{\"resultType\":\"complete\","
                + "\"_meta\":{\"io.modelcontextprotocol/subscriptionId\":3}}}");
  }

  @Test
  void subscriptionEndsWithTheCredential() throws Exception {
    Caller expired = new Caller("ann", Optional.of(Instant.EPOCH));
    FakeExchange client = listen(request(3, NotificationType.TOOLS), expired);
    FakeExchange other = listen(request(4, NotificationType.TOOLS));

    executors.scheduled().get(3).task().run();

    await().until(client::isComplete);
    assertThat(client.text()).contains("\"resultType\":\"complete\"");
    assertThat(other.isComplete()).isFalse();
  }

  @Test
  void missedEventsAreToldAsWhatWasAskedFor() throws Exception {
    FakeExchange client =
        listen(
            new ListenRequest(
                Json.createValue(1), Set.of(NotificationType.PROMPTS), Set.of("file:///mine")));

    log.fanout().reset(new Reset(Reset.Reason.LOST, new EventId("e2", 0), new EventId("e2", 3)));

    awaitCount(client, 3);
    assertThat(client.data().get(1)).isEqualTo(notification(PROMPTS, 1));
    assertThat(client.data().get(2)).contains(UPDATED).contains("file:///mine");
  }

  private FakeExchange listen(ListenRequest listen) throws IOException {
    return listen(listen, Caller.ANONYMOUS);
  }

  private FakeExchange listen(ListenRequest listen, Caller caller) throws IOException {
    FakeExchange client = new FakeExchange();
    streams.listen(listen, caller, client.request(), client.response());
    return client;
  }

  private static ListenRequest request(int id, NotificationType type) {
    return new ListenRequest(Json.createValue(id), Set.of(type), Set.of());
  }

  private void publish(ServerEvent event) {
    log.broadcaster().publish(event);
  }

  private static ServerEvent updated(String uri) {
    return ServerEvent.of(UPDATED, Json.createObjectBuilder().add("uri", uri).build());
  }

  private static String acknowledged(int id, String member) {
    return "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/subscriptions/acknowledged\",\"params\":"
        + "{\"_meta\":{\"io.modelcontextprotocol/subscriptionId\":%d},\"notifications\":{\"%s\":true}}}"
            .formatted(id, member);
  }

  private static String notification(String method, int id) {
    JsonObject meta =
        Json.createObjectBuilder().add("io.modelcontextprotocol/subscriptionId", id).build();
    JsonValue params = Json.createObjectBuilder().add("_meta", meta).build();
    return "{\"jsonrpc\":\"2.0\",\"method\":\"%s\",\"params\":%s}".formatted(method, params);
  }

  private static void awaitData(FakeExchange client, String... data) {
    await().untilAsserted(() -> assertThat(client.data()).containsExactly(data));
  }

  private static void awaitCount(FakeExchange client, int count) {
    await().untilAsserted(() -> assertThat(client.data()).hasSize(count));
  }
}
