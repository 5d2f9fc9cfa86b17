package dev.belfry.container;

import static dev.belfry.container.Http.INITIALIZE;
import static dev.belfry.container.Http.json;
import static dev.belfry.container.Http.post;
import static dev.belfry.container.Http.send;
import static dev.belfry.container.Http.toolCall;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belfry.event.EventId;
import dev.belfry.sse.SseReader;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.UUID;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.OperateOnDeployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.container.test.api.TargetsContainer;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the demo application makes of Belfry's events, in two servers. */
@ExtendWith(ArquillianExtension.class)
@RunAsClient
class DemoEventsIT {

  private static final Duration LONG = Duration.ofSeconds(10);
  private static final String ID = "Mcp-Session-Id";
  private static final String IDEMPOTENCY_KEY = "Idempotency-Key";
  private static final String COALESCING_KEY = "Coalescing-Key";
  private static final String[] ALICE = {"Authorization", "Bearer alice"};
  private static final String LIST_CHANGED =
      "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}";

  @ArquillianResource
  @OperateOnDeployment("alpha")
  private URL alpha;

  @ArquillianResource
  @OperateOnDeployment("beta")
  private URL beta;

  @Deployment(name = "alpha", testable = false)
  @TargetsContainer("alpha")
  static WebArchive alpha() {
    return SessionFilterIT.demo();
  }

  @Deployment(name = "beta", testable = false)
  @TargetsContainer("beta")
  static WebArchive beta() {
    return SessionFilterIT.demo();
  }

  @Test
  void publishedEventsIdIsThatOfItsFrame() throws Exception {
    try (SseReader stream = openPublic(beta)) {
      EventId id = id(publish(alpha, "{\"method\":\"test/id\"}"));

      assertThat(stream.nextFrame(LONG))
          .isEqualTo("id: %s\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"test/id\"}".formatted(id));
    }
  }

  @Test
  void sameIdempotencyKeyOnBothServersThenPublishedOnce() throws Exception {
    String key = UUID.randomUUID().toString();
    try (SseReader stream = openPublic(alpha)) {
      EventId id = id(publish(alpha, "{\"method\":\"test/once\"}", IDEMPOTENCY_KEY, key));

      assertThat(id(publish(alpha, "{\"method\":\"test/once\"}", IDEMPOTENCY_KEY, key)))
          .isEqualTo(id);
      assertThat(id(publish(beta, "{\"method\":\"test/once\"}", IDEMPOTENCY_KEY, key)))
          .isEqualTo(id);
      publish(beta, "{\"method\":\"test/after\"}");
      assertThat(stream.nextData(LONG)).contains("test/once");
      assertThat(stream.nextData(LONG)).contains("test/after");
    }
  }

  @Test
  void sameCoalescingKeyOnBothServersThenOneEvent() throws Exception {
    try (SseReader stream = openPublic(alpha)) {
      for (URL server : new URL[] {alpha, beta, alpha, beta}) {
        JsonObject answer = publish(server, "{\"method\":\"test/burst\"}", COALESCING_KEY, "burst");
        assertThat(answer).isEmpty();
      }

      assertThat(stream.nextData(LONG)).contains("test/burst");
      publish(beta, "{\"method\":\"test/after\"}");
      assertThat(stream.nextData(LONG)).contains("test/after");
    }
  }

  @Test
  void eventOnATopicReachesNoStream() throws Exception {
    String session = session();
    try (SseReader ofSession = openSession(alpha, session);
        SseReader ofEveryone = openPublic(beta);
        SseReader standardApi = openStandardApi(beta)) {
      publish(alpha, "{\"method\":\"test/internal\",\"topic\":\"test/topic\"}");
      publish(alpha, "{\"method\":\"test/after\"}");

      for (SseReader stream : new SseReader[] {ofSession, ofEveryone, standardApi}) {
        assertThat(stream.nextData(LONG)).contains("test/after");
      }
    }
  }

  @Test
  void eventForASessionReachesItsStreamAlone() throws Exception {
    String session = session();
    try (SseReader addressed = openSession(beta, session);
        SseReader another = openSession(alpha, session());
        SseReader ofEveryone = openPublic(beta);
        SseReader standardApi = openStandardApi(beta)) {
      publish(alpha, "{\"method\":\"test/yours\",\"session\":\"%s\"}".formatted(session));
      publish(alpha, "{\"method\":\"test/after\"}");

      assertThat(addressed.nextData(LONG)).contains("test/yours");
      for (SseReader stream : new SseReader[] {addressed, another, ofEveryone, standardApi}) {
        assertThat(stream.nextData(LONG)).contains("test/after");
      }
    }
  }

  @Test
  void eventForAUserReachesTheStreamsOfAllTheirSessions() throws Exception {
    String alice = ServersDatabase.query("SELECT encode(sha256('alice'), 'hex')").get(0);
    try (SseReader one = openSession(alpha, session());
        SseReader other = openSession(beta, session());
        SseReader ofEveryone = openPublic(beta)) {
      publish(alpha, "{\"method\":\"test/yours\",\"user\":\"%s\"}".formatted(alice));
      publish(alpha, "{\"method\":\"test/after\"}");

      for (SseReader stream : new SseReader[] {one, other}) {
        assertThat(stream.nextData(LONG)).contains("test/yours");
      }
      for (SseReader stream : new SseReader[] {one, other, ofEveryone}) {
        assertThat(stream.nextData(LONG)).contains("test/after");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"method\":\"m\",\"topic\":7}",
        "{\"method\":\"m\",\"topic\":\"not a topic\"}",
        "{\"method\":\"m\",\"session\":null}",
        "{\"method\":\"m\",\"user\":\"\"}",
        "{\"method\":\"m\",\"session\":\"s\",\"user\":\"u\"}",
      })
  void badAudienceOrTopicThenRefused(String event) throws Exception {
    HttpResponse<String> response = post(events(alpha), event);

    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    assertThat(json(response).getString("error")).isNotBlank();
  }

  @Test
  void badKeyOrBothKeysThenRefused() throws Exception {
    String event = "{\"method\":\"m\"}";

    assertThat(post(events(alpha), event, IDEMPOTENCY_KEY, "a", COALESCING_KEY, "b").statusCode())
        .isEqualTo(400);
    assertThat(post(events(alpha), event, IDEMPOTENCY_KEY, "x".repeat(256)).statusCode())
        .isEqualTo(400);
    assertThat(post(events(alpha), event, COALESCING_KEY, " ").statusCode()).isEqualTo(400);
  }

  @Test
  void eventsUpToTheLimitArePublishedAndLargerOnesRefused() throws Exception {
    try (SseReader stream = openPublic(beta)) {
      publish(alpha, large(1_000_000));

      assertThat(stream.nextData(LONG)).hasSizeGreaterThan(1_000_000);
    }
    for (int tooLarge : new int[] {1_100_000, 2_200_000}) {
      assertThat(post(events(alpha), large(tooLarge)).statusCode()).isEqualTo(413);
    }
  }

  private static String large(int length) {
    return "{\"method\":\"test/large\",\"params\":{\"text\":\"%s\"}}".formatted("x".repeat(length));
  }

  @Test
  void presenceCountsReplicasAndStreamsOnBoth() throws Exception {
    await().atMost(LONG.multipliedBy(3)).until(() -> presence(alpha, 2, 0));
    try (SseReader one = openPublic(alpha);
        SseReader other = openPublic(beta)) {
      await().atMost(LONG).until(() -> presence(alpha, 2, 2) && presence(beta, 2, 2));
      assertThat(one.status() + other.status()).isEqualTo(400);
    }
    // Who has left is noticed with the next heartbeats.
    await().atMost(LONG.multipliedBy(2)).until(() -> presence(alpha, 2, 0));
  }

  private static boolean presence(URL server, int replicas, int streams) throws Exception {
    JsonObject presence = json(send("GET", URI.create(server + "api/presence"), ""));
    return presence.getInt("replicas") == replicas && presence.getInt("streams") == streams;
  }

  @Test
  void manyToolsAddedOnBothServersThenClientsAreToldOnce() throws Exception {
    String session = session();
    try (SseReader stream = openSession(beta, session)) {
      for (int number = 1; number <= 3; number++) {
        tool(alpha, session, "add_tool", "burst_a" + number);
        tool(beta, session, "add_tool", "burst_b" + number);
      }
      assertThat(stream.nextData(LONG)).isEqualTo(LIST_CHANGED);
      publish(alpha, "{\"method\":\"test/after\"}");
      // Once, or twice if the six took longer than the window; in no case once for each.
      String next = stream.nextData(LONG);
      if (next.equals(LIST_CHANGED)) {
        next = stream.nextData(LONG);
      }
      assertThat(next).contains("test/after");
    } finally {
      for (int number = 1; number <= 3; number++) {
        tool(alpha, session, "remove_tool", "burst_a" + number);
        tool(beta, session, "remove_tool", "burst_b" + number);
      }
    }
  }

  private static void tool(URL server, String session, String tool, String name) throws Exception {
    JsonObject arguments =
        Json.createObjectBuilder().add("name", name).add("description", "in a burst").build();
    JsonObject withoutDescription = Json.createObjectBuilder().add("name", name).build();
    HttpResponse<String> response =
        post(
            URI.create(server + "mcp"),
            toolCall(tool, tool.equals("add_tool") ? arguments : withoutDescription),
            ID,
            session,
            ALICE[0],
            ALICE[1]);
    assertThat(json(response).getJsonObject("result").getBoolean("isError", false))
        .as(response.body())
        .isFalse();
  }

  private static URI events(URL server) {
    return URI.create(server + "api/events");
  }

  private static JsonObject publish(URL server, String event, String... headers) throws Exception {
    HttpResponse<String> response = post(events(server), event, headers);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
    return json(response);
  }

  private static EventId id(JsonObject answer) {
    return EventId.parse(answer.getString("id")).orElseThrow();
  }

  private String session() throws Exception {
    return post(URI.create(alpha + "mcp"), INITIALIZE, ALICE)
        .headers()
        .firstValue(ID)
        .orElseThrow();
  }

  private static SseReader openSession(URL server, String session) throws Exception {
    return opened(SseReader.open(URI.create(server + "mcp"), ID, session, ALICE[0], ALICE[1]));
  }

  private static SseReader openPublic(URL server) throws Exception {
    return opened(SseReader.open(events(server)));
  }

  private static SseReader openStandardApi(URL server) throws Exception {
    return opened(SseReader.open(URI.create(server + "api/sink")));
  }

  private static SseReader opened(SseReader stream) throws Exception {
    assertThat(stream.status()).isEqualTo(200);
    stream.nextFrame(LONG);
    return stream;
  }
}
