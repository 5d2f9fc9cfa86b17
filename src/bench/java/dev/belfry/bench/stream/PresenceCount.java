package dev.belfry.bench.stream;

import dev.belfry.bench.measure.BenchException;
import jakarta.json.Json;
import jakarta.json.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

/** How many streams the application says there are; it counts every few seconds. Thread-safe. */
final class PresenceCount {
  private final HttpClient client = HttpClient.newHttpClient();
  private final HttpRequest request;

  PresenceCount(URI presence) {
    request = HttpRequest.newBuilder(presence).build();
  }

  int streams() {
    try {
      HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw new BenchException("The streams cannot be counted: " + response.body());
      }
      try (JsonReader reader = Json.createReader(new StringReader(response.body()))) {
        return reader.readObject().getInt("streams");
      }
    } catch (IOException e) {
      throw new BenchException("The streams cannot be counted: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("Interrupted while the streams were counted", e);
    }
  }
}
