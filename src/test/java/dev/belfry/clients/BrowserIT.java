package dev.belfry.clients;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.belfry.cluster.Cluster;
import dev.belfry.cluster.ClusterFiles;
import dev.belfry.cluster.EmbeddedDatabase;
import dev.belfry.cluster.Ports;
import dev.belfry.cluster.Replica;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A browser's own {@code EventSource}, and what pages of other origins can do through a browser.
 */
class BrowserIT {

  private static final Duration LONG = Duration.ofSeconds(20);

  private static final String INITIALIZE =
      """
      {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
          "protocolVersion": "2025-11-25",
          "capabilities": {},
          "clientInfo": {"name": "page", "version": "1"}
        }
      }
      """;

  private static final ClusterFiles FILES = ClusterFiles.fromSystemProperties();
  private static final Cluster CLUSTER =
      new Cluster(
          FILES,
          new EmbeddedDatabase(FILES.work().resolve("browser-database"), Map.of()),
          Ports.free(2),
          Map.of("belfry.stream.retry", "PT0.2S", "belfry.stream.heartbeat", "PT1S"));

  private static Chromium browser;

  @BeforeAll
  static void start() throws IOException {
    Chromium.PROGRAM.assumeInstalled();
    CLUSTER.start();
    browser = new Chromium();
  }

  @AfterAll
  static void stop() throws IOException {
    if (browser != null) {
      browser.close();
    }
    CLUSTER.close();
  }

  // The other tests are content with the replica that this one leaves them.
  @Test
  void pageGoesOnAtTheOtherReplicaWhenItsReplicaDies() throws Exception {
    Replica dying = CLUSTER.replica(1);
    Replica other = CLUSTER.replica(2);
    try (Relay relay = new Relay(List.of(dying));
        Tab tab = browser.open(relay.uri("/"))) {
      awaitOpen(tab);
      List<String> published = new ArrayList<>(List.of("here", "there", "meanwhile", "after"));
      publish(dying, "here");
      publish(other, "there");
      await().atMost(LONG).until(() -> shown(tab, "event").size() == 2);

      relay.hold();
      dying.kill();
      publish(other, "meanwhile");
      relay.lead(List.of(other));
      relay.release();

      await().atMost(LONG).until(() -> shown(tab, "event").size() == 3);
      publish(other, "after");
      await()
          .atMost(LONG)
          .untilAsserted(() -> assertThat(shown(tab, "event")).hasSameSizeAs(published));
      for (int number = 0; number < published.size(); number++) {
        assertThat(shown(tab, "event").get(number)).contains('"' + published.get(number) + '"');
      }
      assertThat(shown(tab, "reset")).isEmpty();
    }
  }

  @Test
  void pageIsToldWhenItsPlaceLeadsNowhere() throws Exception {
    Replica replica = CLUSTER.replica(2);
    try (Tab tab = browser.open(replica.uri("/?lastEventId=nowhere"))) {
      awaitOpen(tab);
      await()
          .atMost(LONG)
          .untilAsserted(
              () -> assertThat(shown(tab, "reset")).singleElement().asString().contains("unknown"));

      publish(replica, "after the reset");
      await()
          .atMost(LONG)
          .untilAsserted(
              () ->
                  assertThat(shown(tab, "event"))
                      .singleElement()
                      .asString()
                      .contains("after the reset"));
    }
  }

  @Test
  void pageOfAnotherOriginMakesNoSessionAndReadsNoEvents() throws Exception {
    Replica replica = CLUSTER.replica(2);
    HttpServer foreign = page("<title>Elsewhere</title>");
    URI elsewhere = URI.create("http://127.0.0.1:" + foreign.getAddress().getPort() + "/");
    try (Tab tab = browser.open(elsewhere)) {
      long sessions = countSessions();

      // What a page may send anywhere without asking first. The answer it cannot see.
      assertThat(tab.evaluate(initialize(replica.uri("/mcp"), "no-cors", "text/plain")))
          .isEqualTo("opaque 0");
      await()
          .atMost(LONG)
          .untilAsserted(() -> assertThat(tab.statuses(replica.uri("/mcp"))).containsExactly(403));
      assertThat(countSessions()).isEqualTo(sessions);

      URI events = replica.uri("/api/events?lastEventId=nowhere");
      assertThat(tab.evaluate(read(events))).isEqualTo("TypeError");
      assertThat(tab.evaluate(listen(events))).isEqualTo("closed after 0");
    } finally {
      foreign.stop(0);
    }
  }

  @Test
  void pageOfTheServerItselfGetsSessionAndEvents() throws Exception {
    Replica replica = CLUSTER.replica(2);
    try (Tab tab = browser.open(replica.uri("/"))) {
      long sessions = countSessions();

      assertThat(tab.evaluate(initialize(replica.uri("/mcp"), "cors", "application/json")))
          .isEqualTo("basic 200");
      assertThat(countSessions()).isEqualTo(sessions + 1);
      assertThat(tab.evaluate(listen(replica.uri("/api/events?lastEventId=nowhere"))))
          .isEqualTo("reset");
    }
  }

  private static void awaitOpen(Tab tab) {
    await()
        .atMost(LONG)
        .until(() -> tab.evaluate("document.getElementById('state').textContent").equals("open"));
  }

  private static void publish(Replica replica, String text) throws Exception {
    Events.publish(replica.uri("/api/events"), text);
  }

  /** The lines of one kind that the page shows, the oldest first. */
  private static List<String> shown(Tab tab, String kind) {
    String lines =
        tab.evaluate(
            """
            [...document.querySelectorAll('#events li.%s')]
              .map(line => line.textContent).reverse().join('\\n')
            """
                .formatted(kind));
    return lines.lines().toList();
  }

  private static String initialize(URI endpoint, String mode, String type) {
    return """
        fetch('%s', {
          method: 'POST',
          mode: '%s',
          headers: {'Content-Type': '%s', 'Accept': 'application/json, text/event-stream'},
          body: `%s`,
        }).then(response => `${response.type} ${response.status}`)
        """
        .formatted(endpoint, mode, type, INITIALIZE);
  }

  private static String read(URI events) {
    return "fetch('%s').then(() => 'read', failure => failure.name)".formatted(events);
  }

  private static String listen(URI events) {
    return """
        new Promise(resolve => {
          let messages = 0;
          const source = new EventSource('%s');
          source.onmessage = () => messages++;
          source.addEventListener('reset', () => { source.close(); resolve('reset'); });
          source.onerror = () => {
            if (source.readyState === EventSource.CLOSED) resolve(`closed after ${messages}`);
          };
        })
        """
        .formatted(events);
  }

  private static HttpServer page(String html) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = html.getBytes(UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "text/html");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    return server;
  }

  private static long countSessions() throws SQLException {
    try (Connection connection = CLUSTER.database().address().dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM sessions")) {
      row.next();
      return row.getLong(1);
    }
  }
}
