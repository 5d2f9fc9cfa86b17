package dev.belfry.container;

import static dev.belfry.container.Http.INITIALIZE;
import static dev.belfry.container.Http.post;
import static dev.belfry.container.Http.send;
import static dev.belfry.container.ServersDatabase.execute;
import static dev.belfry.container.ServersDatabase.query;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belfry.sse.SseReader;
import java.net.Socket;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
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
import org.junit.jupiter.params.provider.CsvSource;

/** Streams over HTTP, of sessions and public ones, in two servers. */
@ExtendWith(ArquillianExtension.class)
@RunAsClient
class EventStreamIT {

  private static final Duration LONG = Duration.ofSeconds(10);
  private static final String ID = "Mcp-Session-Id";

  @ArquillianResource
  @OperateOnDeployment("alpha")
  private URL alpha;

  @ArquillianResource
  @OperateOnDeployment("beta")
  private URL beta;

  @ArquillianResource
  @OperateOnDeployment("probe")
  private URL probe;

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

  /** Beside the demo in one server, on a channel of its own. */
  @Deployment(name = "probe", testable = false)
  @TargetsContainer("alpha")
  static WebArchive probe() {
    return Wars.war(
            "probe", Map.of("belfry.events.channel", "probe", "belfry.events.buffer-size", "50"))
        .addClasses(StreamProbe.class, ObservedEvents.class);
  }

  @Test
  void streamBeginsWithHeadersAndPrimer() throws Exception {
    try (SseReader stream = sessionStream(alpha, session())) {
      assertThat(stream.status()).isEqualTo(200);
      assertThat(stream.headers().firstValue("Content-Type").orElse(""))
          .matches("(?i)text/event-stream; ?charset=utf-8");
      assertThat(stream.headers().firstValue("Cache-Control")).contains("no-cache, no-transform");
      assertThat(stream.headers().firstValue("X-Accel-Buffering")).contains("no");
      assertThat(stream.primer(LONG)).matches("id: [0-9a-z]{16}\\.\\d+\nretry: [2-4]\\d{3}\ndata:");
      assertThat(stream.nextFrame(LONG)).startsWith(": heartbeat");
    }
  }

  @Test
  void eventPublishedOnOneServerReachesStreamsOfBoth() throws Exception {
    String id = session();
    try (SseReader ofSession = sessionStream(beta, id);
        SseReader publicAlpha = SseReader.open(URI.create(alpha + "api/events"));
        SseReader publicBeta = SseReader.open(URI.create(beta + "api/events"));
        SseReader standardApi = SseReader.open(URI.create(beta + "api/sink"))) {
      awaitPrimers(ofSession, publicAlpha, publicBeta);
      standardApi.nextFrame(LONG);

      assertThat(
              post(
                      URI.create(alpha + "api/events"),
                      "{\"method\":\"demo/hello\",\"params\":{\"text\":\"ü\"}}")
                  .statusCode())
          .isEqualTo(202);

      String expected =
          "{\"jsonrpc\":\"2.0\",\"method\":\"demo/hello\",\"params\":{\"text\":\"ü\"}}";
      for (SseReader stream : List.of(ofSession, publicAlpha, publicBeta)) {
        assertThat(stream.nextData(LONG)).isEqualTo(expected);
      }
      assertThat(standardApi.nextData(LONG)).contains("demo/hello");
    }
  }

  @Test
  void notificationOfTheOriginalReachesStreamsOfBothServers() throws Exception {
    try (SseReader one = SseReader.open(URI.create(alpha + "api/events"));
        SseReader other = SseReader.open(URI.create(beta + "api/events"))) {
      awaitPrimers(one, other);

      execute("NOTIFY mcp_notifications, '{\"method\":\"x\"}'");

      assertThat(one.nextData(LONG)).isEqualTo("{\"jsonrpc\":\"2.0\",\"method\":\"x\"}");
      assertThat(other.nextData(LONG)).isEqualTo("{\"jsonrpc\":\"2.0\",\"method\":\"x\"}");
    }
  }

  @Test
  void failingObserverOfTheApplicationCostsStreamsNothing() throws Exception {
    try (SseReader stream = SseReader.open(URI.create(probe + "stream"))) {
      awaitPrimers(stream);

      execute("NOTIFY probe, '{\"method\":\"test/failing-observer\"}'");
      execute("NOTIFY probe, '{\"method\":\"test/next\"}'");

      assertThat(stream.nextData(LONG)).contains("test/failing-observer");
      assertThat(stream.nextData(LONG)).contains("test/next");
    }
  }

  @Test
  void clientThatWasCutOffResumesOnTheOtherServerAndMissesNothing() throws Exception {
    String id;
    try (SseReader stream = SseReader.open(URI.create(alpha + "api/events"))) {
      awaitPrimers(stream);
      publish("{\"method\":\"resume/seen\"}");
      id = idOf(stream.nextFrame(LONG));
    }
    for (int number = 1; number <= 30; number++) {
      publish("{\"method\":\"resume/missed-" + number + "\"}");
    }

    try (SseReader header = SseReader.open(URI.create(beta + "api/events"), "Last-Event-ID", id);
        SseReader query = SseReader.open(URI.create(beta + "api/events?lastEventId=" + id))) {
      for (SseReader resumed : List.of(header, query)) {
        assertThat(idOf(resumed.primer(LONG))).isEqualTo(id);
        for (int number = 1; number <= 30; number++) {
          assertThat(resumed.nextData(LONG)).contains("\"resume/missed-" + number + "\"");
        }
      }
      publish("{\"method\":\"resume/live\"}");
      assertThat(header.nextData(LONG)).contains("resume/live");
      assertThat(query.nextData(LONG)).contains("resume/live");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "garbage, unknown",
    "'', unknown",
    "%ff%00, unknown",
    "0123456789abcdef.7, unknown",
    "-1.-1, unknown",
    "EPOCH.999999999, future",
    "EPOCH.99999999999999999999, unknown"
  })
  void idThatIsNoneIsAnsweredWithAReset(String lastEventId, String reason) throws Exception {
    publish("{\"method\":\"reset/before\"}");
    String epoch = query("SELECT epoch FROM belfry_log WHERE channel = 'mcp_notifications'").get(0);
    String id = lastEventId.isEmpty() ? "x".repeat(5_000) : lastEventId.replace("EPOCH", epoch);

    try (SseReader stream = SseReader.open(URI.create(beta + "api/events?lastEventId=" + id))) {
      assertThat(stream.status()).isEqualTo(200);
      stream.primer(LONG);
      assertThat(stream.nextFrame(LONG))
          .startsWith("event: reset\n")
          .contains("\"reason\":\"" + reason + "\"", "\"earliest\":\"", "\"latest\":\"");
      publish("{\"method\":\"reset/after\"}");
      assertThat(stream.nextData(LONG)).contains("reset/after");
    }
  }

  @Test
  void sessionsStreamIsToldOfAResetInItsOwnLanguage() throws Exception {
    try (SseReader stream =
        SseReader.open(
            URI.create(beta + "mcp"),
            ID,
            session(),
            "Authorization",
            "Bearer t",
            "Last-Event-ID",
            "garbage")) {
      stream.primer(LONG);
      for (String list : List.of("tools", "prompts", "resources")) {
        assertThat(stream.nextFrame(LONG))
            .matches(
                "id: \\S+\ndata: \\{\"jsonrpc\":\"2.0\",\"method\":\"notifications/"
                    + list
                    + "/list_changed\"}");
      }
    }
  }

  @Test
  void eventsForASessionOrAUserReachTheirStreamsOnly() throws Exception {
    String session = session();
    String sibling = session();
    String stranger =
        post(URI.create(alpha + "mcp"), INITIALIZE, "Authorization", "Bearer other")
            .headers()
            .firstValue(ID)
            .orElseThrow();
    String user = query("SELECT user_id FROM sessions WHERE id = '" + session + "'").get(0);
    try (SseReader own = sessionStream(beta, session);
        SseReader ofSibling = sessionStream(alpha, sibling);
        SseReader ofStranger =
            SseReader.open(
                URI.create(beta + "mcp"), ID, stranger, "Authorization", "Bearer other");
        SseReader everybody = SseReader.open(URI.create(beta + "api/events"))) {
      awaitPrimers(own, ofSibling, ofStranger, everybody);

      publish("{\"method\":\"to/session\",\"session\":\"" + session + "\"}");
      publish("{\"method\":\"to/user\",\"user\":\"" + user + "\"}");
      publish("{\"method\":\"to/topic\",\"topic\":\"internal\"}");
      execute(
          "INSERT INTO belfry_outbox (channel, payload, bytes) VALUES ('mcp_notifications',"
              + " '{\"method\":\"to/unknown\",\"audience\":{\"group\":\"x\"}}', 51)");
      await()
          .atMost(LONG)
          .until(() -> query("SELECT count(*) FROM belfry_outbox").equals(List.of("0")));
      publish("{\"method\":\"to/all\"}");

      assertThat(own.nextData(LONG)).contains("to/session");
      assertThat(own.nextData(LONG)).contains("to/user");
      assertThat(own.nextData(LONG)).contains("to/all");
      assertThat(ofSibling.nextData(LONG)).contains("to/user");
      assertThat(ofSibling.nextData(LONG)).contains("to/all");
      assertThat(ofStranger.nextData(LONG)).contains("to/all");
      assertThat(everybody.nextData(LONG)).contains("to/all");
    }
  }

  @Test
  void streamsOfBothServersAreCounted() throws Exception {
    try (SseReader one = SseReader.open(URI.create(alpha + "api/events"));
        SseReader other = SseReader.open(URI.create(beta + "api/events"))) {
      awaitPrimers(one, other);

      await()
          .atMost(LONG)
          .untilAsserted(
              () ->
                  assertThat(send("GET", URI.create(alpha + "api/presence"), "").body())
                      .matches("\\{\"replicas\":2,\"streams\":([2-9]|\\d\\d)}"));
    }
  }

  private void publish(String event) throws Exception {
    assertThat(post(URI.create(alpha + "api/events"), event).statusCode()).isEqualTo(202);
  }

  private static String idOf(String frame) {
    return frame
        .lines()
        .filter(line -> line.startsWith("id: "))
        .map(line -> line.substring("id: ".length()))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void newerStreamOfASessionEndsTheOlderOnWhicheverServer() throws Exception {
    String id = session();
    for (URL server : List.of(alpha, beta)) {
      try (SseReader older = sessionStream(alpha, id)) {
        awaitPrimers(older);
        try (SseReader newer = sessionStream(server, id)) {
          awaitPrimers(newer);
          assertThat(older.awaitEnd(LONG)).isTrue();
          execute("NOTIFY mcp_notifications, '{\"method\":\"after\"}'");
          assertThat(newer.nextData(LONG)).contains("after");
        }
      }
    }
  }

  @Test
  void everyEventComesOnOneStreamOfASessionThatGoesFromServerToServer() throws Exception {
    String id = session();
    int hops = 20;
    int eventsPerHop = 15;
    List<String> seen = new ArrayList<>();
    SseReader stream = sessionStream(alpha, id);
    awaitPrimers(stream);
    for (int hop = 0; hop < hops; hop++) {
      int first = hop * eventsPerHop;
      CompletableFuture<Void> publishing =
          CompletableFuture.runAsync(() -> publishNumbers(first, first + eventsPerHop));
      SseReader next = sessionStream(hop % 2 == 0 ? beta : alpha, id);
      assertThat(stream.awaitEnd(LONG)).isTrue();
      seen.addAll(stream.takeData());
      stream.close();
      stream = next;
      publishing.join();
    }
    SseReader last = stream;
    try (last) {
      await()
          .atMost(LONG)
          .untilAsserted(
              () -> {
                seen.addAll(last.takeData());
                assertThat(seen).hasSizeGreaterThanOrEqualTo(hops * eventsPerHop);
              });
      assertThat(seen)
          .containsExactlyElementsOf(
              IntStream.range(0, hops * eventsPerHop).mapToObj(EventStreamIT::numbered).toList());
    }
  }

  private void publishNumbers(int from, int to) {
    try {
      for (int number = from; number < to; number++) {
        URL server = number % 2 == 0 ? alpha : beta;
        assertThat(
                post(
                        URI.create(server + "api/events"),
                        "{\"method\":\"hop\",\"params\":{\"n\":%d}}".formatted(number))
                    .statusCode())
            .isEqualTo(202);
      }
    } catch (Exception failure) {
      throw new CompletionException(failure);
    }
  }

  private static String numbered(int number) {
    return "{\"jsonrpc\":\"2.0\",\"method\":\"hop\",\"params\":{\"n\":%d}}".formatted(number);
  }

  @Test
  void deletedSessionsStreamEndsOnBothServers() throws Exception {
    for (URL deleter : List.of(alpha, beta)) {
      String id = session();
      try (SseReader stream = sessionStream(alpha, id)) {
        awaitPrimers(stream);

        HttpResponse<String> deleted =
            send("DELETE", URI.create(deleter + "mcp"), "", ID, id, "Authorization", "Bearer t");

        assertThat(deleted.statusCode()).isEqualTo(204);
        assertThat(stream.awaitEnd(LONG)).isTrue();
      }
    }
  }

  @Test
  void streamKeepsItsSessionAlive() throws Exception {
    String id = session();
    try (SseReader stream = sessionStream(alpha, id)) {
      awaitPrimers(stream);
      execute(
          "UPDATE sessions SET expires_at = now() + interval '5 seconds' WHERE id = '" + id + "'");

      await()
          .atMost(LONG)
          .until(
              () ->
                  query(
                          "SELECT expires_at > now() + interval '20 minutes' FROM sessions WHERE id = '"
                              + id
                              + "'")
                      .equals(List.of("t")));
    }
  }

  @Test
  void clientThatHangsUpIsNoticed() throws Exception {
    await().atMost(LONG).until(() -> streams().equals("0"));
    SseReader stream = SseReader.open(URI.create(probe + "stream"));
    awaitPrimers(stream);
    assertThat(streams()).isEqualTo("1");

    stream.close();

    await().atMost(LONG).until(() -> streams().equals("0"));
  }

  @Test
  void clientThatDoesNotReadDelaysNobodyAndIsCutOff() throws Exception {
    await().atMost(LONG).until(() -> streams().equals("0"));
    List<SseReader> readers = new ArrayList<>();
    try (Socket stalled = new Socket(probe.getHost(), probe.getPort())) {
      stalled.setReceiveBufferSize(4096);
      stalled
          .getOutputStream()
          .write(
              "GET %sstream HTTP/1.1\r\nHost: %s\r\n\r\n"
                  .formatted(probe.getPath(), probe.getAuthority())
                  .getBytes(US_ASCII));
      for (int count = 0; count < 20; count++) {
        SseReader reader = SseReader.open(URI.create(probe + "stream"));
        awaitPrimers(reader);
        readers.add(reader);
      }
      await().atMost(LONG).until(() -> streams().equals("21"));

      // Far more than the stalled client's socket buffers hold: 2,000 events of 7 kB.
      for (int batch = 0; batch < 100; batch++) {
        execute(
            "SELECT pg_notify('probe', json_build_object('method', 'bulk', 'params', json_build_object('n', n, 'text', repeat('x', 7000)))::text) FROM generate_series(%d, %d) n"
                .formatted(batch * 20, batch * 20 + 19));
        for (SseReader reader : readers) {
          for (int number = 0; number < 20; number++) {
            assertThat(reader.nextData(LONG)).contains("\"n\":" + (batch * 20 + number) + ",");
          }
        }
      }

      await().atMost(Duration.ofSeconds(20)).until(() -> streams().equals("20"));
    } finally {
      for (SseReader reader : readers) {
        reader.close();
      }
    }
  }

  private static void awaitPrimers(SseReader... streams) throws InterruptedException {
    for (SseReader stream : streams) {
      stream.primer(LONG);
    }
  }

  private String session() throws Exception {
    return post(URI.create(alpha + "mcp"), INITIALIZE, "Authorization", "Bearer t")
        .headers()
        .firstValue(ID)
        .orElseThrow();
  }

  private static SseReader sessionStream(URL server, String id) throws Exception {
    return SseReader.open(URI.create(server + "mcp"), ID, id, "Authorization", "Bearer t");
  }

  private String streams() throws Exception {
    return send("GET", URI.create(probe + "stream?count"), "").body();
  }
}
