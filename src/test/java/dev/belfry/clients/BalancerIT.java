package dev.belfry.clients;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belfry.cluster.Cluster;
import dev.belfry.cluster.ClusterFiles;
import dev.belfry.cluster.EmbeddedDatabase;
import dev.belfry.cluster.Ports;
import dev.belfry.cluster.Replica;
import jakarta.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Two replicas behind haproxy in round robin, one of them always being restarted: who works through
 * it is told nothing of that. {@code belfry.balancer.duration} says for how long.
 */
class BalancerIT {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration PACE = Duration.ofMillis(10);

  private final Duration duration =
      Duration.parse(System.getProperty("belfry.balancer.duration", "PT35S"));
  private final ClusterFiles files = ClusterFiles.fromSystemProperties();
  private final Cluster cluster =
      new Cluster(
          files,
          new EmbeddedDatabase(files.work().resolve("balancer-database"), Map.of()),
          Ports.free(2),
          Map.of(
              "belfry.stream.retry", "PT0.2S",
              "belfry.stream.heartbeat", "PT1S",
              "belfry.presence.interval", "PT0.5S"));

  private final List<Activity> activities = new ArrayList<>();

  @BeforeEach
  void start() {
    Haproxy.PROGRAM.assumeInstalled();
    cluster.start();
  }

  @AfterEach
  void stop() throws InterruptedException {
    for (Activity activity : activities) {
      activity.close();
    }
    cluster.close();
  }

  @Test
  void whoWorksThroughTheBalancerIsToldNothingOfRestarts() throws Exception {
    try (Haproxy balancer = new Haproxy(cluster.replicas());
        McpStreamClient official = (McpStreamClient) Library.MCP_SDK.client(balancer);
        McpStreamClient langChain = (McpStreamClient) Library.LANGCHAIN4J.client(balancer);
        StreamClient launchDarkly = Library.LAUNCHDARKLY.client(balancer);
        StreamClient jersey = Library.JERSEY.client(balancer)) {
      balancer.awaitAllUp();
      List.of(official, langChain, launchDarkly, jersey).forEach(StreamClient::connect);
      await().atMost(LONG).until(() -> streams(balancer) == 4);
      String session = new ToolUser(official).session();
      activities.add(new Activity("official", PACE, new ToolUser(official)));
      activities.add(new Activity("langchain4j", PACE, new ToolUser(langChain)));
      Activity publishing =
          new Activity(
              "publisher",
              PACE,
              number -> Events.publish(balancer.uri("/api/events"), "event-" + number));
      activities.add(publishing);

      int restarts = restartAgainAndAgain(balancer, official, langChain);

      for (Activity activity : activities) {
        activity.close();
      }
      System.out.printf(
          "%nBalancer: %d restarts, %d and %d pairs of calls, %d events%n",
          restarts, activities.get(0).steps(), activities.get(1).steps(), publishing.steps());
      assertThat(activities).extracting(Activity::failure).containsOnly(Optional.empty());
      List<String> published =
          IntStream.range(0, publishing.steps()).mapToObj(number -> "event-" + number).toList();
      awaitShown("okhttp-eventsource", launchDarkly::received, published);
      awaitShown("Jersey", jersey::received, published);
      awaitShown("langchain4j", () -> langChain.received().stream().distinct().toList(), published);
      assertThat(new ToolUser(official).session()).isEqualTo(session);
    }
  }

  /** As the JDK's client sends it: the body apart from the header. */
  @Test
  void aRequestThatIsStillArrivingIsNotLostWithAReplica() throws IOException {
    byte[] body = "{\"method\":\"notifications/message\"}".getBytes(US_ASCII);
    try (Haproxy balancer = new Haproxy(cluster.replicas())) {
      balancer.awaitAllUp();
      try (Socket one = beginPublishing(balancer, body.length);
          Socket other = beginPublishing(balancer, body.length)) {
        cluster.replica(1).kill();
        for (Socket socket : List.of(one, other)) {
          socket.getOutputStream().write(body);
          assertThat(statusLine(socket)).isEqualTo("HTTP/1.1 202 Accepted");
        }
      }
    }
  }

  private static Socket beginPublishing(Haproxy balancer, int length) throws IOException {
    URI target = balancer.uri("/api/events");
    Socket socket = new Socket(target.getHost(), target.getPort());
    String header =
        """
        POST /api/events HTTP/1.1
        Host: localhost
        Content-Type: application/json
        Content-Length: %d

        """
            .formatted(length)
            .replace("\n", "\r\n");
    socket.getOutputStream().write(header.getBytes(US_ASCII));
    return socket;
  }

  private static String statusLine(Socket socket) throws IOException {
    socket.setSoTimeout((int) LONG.toMillis());
    return new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII)).readLine();
  }

  /** In order and, every third time, by force. */
  private int restartAgainAndAgain(
      Haproxy balancer, McpStreamClient official, McpStreamClient langChain) {
    long end = System.nanoTime() + duration.toNanos();
    int restarts = 0;
    while (restarts < 3 || System.nanoTime() < end) {
      Replica replica = cluster.replica(restarts % 2 + 1);
      restarts++;
      if (restarts % 3 == 2) {
        replica.kill();
      } else {
        replica.stop();
      }
      addTool("tool-" + restarts, official, langChain);
      replica.start();
      balancer.awaitAllUp();
    }
    return restarts;
  }

  /** One client lists again because it is told to, the other asks every time. */
  private static void addTool(String name, McpStreamClient official, McpStreamClient langChain) {
    assertThat(langChain.tools()).doesNotContain(name);
    official.call("add_tool", Map.of("name", name, "description", "Added during a restart"));
    await().atMost(LONG).until(() -> langChain.tools().contains(name));
    assertThat(official.tools()).contains(name);
  }

  private static void awaitShown(String client, Shown shown, List<String> published) {
    await()
        .atMost(LONG)
        .untilAsserted(() -> assertThat(shown.texts()).as(client).isEqualTo(published));
  }

  private static int streams(Haproxy balancer) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(balancer.uri("/api/presence")).build();
    String answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
    return Json.createReader(new StringReader(answer)).readObject().getInt("streams");
  }

  private interface Shown {
    List<String> texts();
  }
}
