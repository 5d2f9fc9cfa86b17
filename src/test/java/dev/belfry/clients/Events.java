package dev.belfry.clients;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;

/** Publishes what every client understands: log messages, each with a text. */
final class Events {

  private static final String METHOD = "notifications/message";

  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private Events() {}

  /**
   * Publishes one for everybody; fails if that is not accepted.
   *
   * @param at the demo's {@code /api/events}, directly or through something
   * @param text of its own for each: posted twice, it is published once
   */
  static void publish(URI at, String text) throws IOException, InterruptedException {
    String body =
        Json.createObjectBuilder()
            .add("method", METHOD)
            .add("params", Json.createObjectBuilder().add("level", "info").add("data", text))
            .build()
            .toString();
    HttpResponse<String> response =
        HTTP.send(
            HttpRequest.newBuilder(at)
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", text)
                .timeout(Duration.ofSeconds(20))
                .POST(BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString());
    assertThat(response.statusCode()).as("%s: %s", text, response.body()).isEqualTo(202);
  }

  /** The text of an event, from the data of its frame; empty if it has none, or no data. */
  static Optional<String> text(String data) {
    if (data.isEmpty()) {
      return Optional.empty();
    }
    JsonObject notification = Json.createReader(new StringReader(data)).readObject();
    return notification.getString("method").equals(METHOD)
        ? Optional.of(notification.getJsonObject("params").getString("data"))
        : Optional.empty();
  }
}
