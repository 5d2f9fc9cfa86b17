package dev.belfry.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.cluster.Replica;
import dev.belfry.sse.SseReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** A client that has a right to be served, whatever others do. */
record WellBehavedClient(Replica replica) {

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /** Opens a session and its stream, receives an event, and ends the session. */
  void requireService() throws Exception {
    URI mcp = replica.uri("/mcp");
    HttpResponse<String> initialized = post(mcp, Messages.INITIALIZE);
    assertThat(initialized.statusCode()).as(initialized.body()).isEqualTo(200);
    String id = initialized.headers().firstValue("Mcp-Session-Id").orElseThrow();
    try (SseReader stream = SseReader.open(mcp, "Mcp-Session-Id", id)) {
      stream.primer(LIMIT);
      assertThat(post(replica.uri("/api/events"), "{\"method\":\"still/here\"}").statusCode())
          .isEqualTo(202);
      assertThat(stream.nextData(LIMIT)).contains("still/here");
    }
    HttpRequest delete =
        HttpRequest.newBuilder(mcp).timeout(LIMIT).header("Mcp-Session-Id", id).DELETE().build();
    assertThat(HTTP.send(delete, BodyHandlers.discarding()).statusCode()).isEqualTo(204);
  }

  private static HttpResponse<String> post(URI uri, String body) throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(uri)
            .timeout(LIMIT)
            .header("Content-Type", "application/json")
            .header("Accept", "application/json, text/event-stream")
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }
}
