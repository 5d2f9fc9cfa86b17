package dev.belfry.bench.stream;

import dev.belfry.bench.measure.BenchException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Publishes one event after the other, by the application's REST API. For one thread. */
final class Publisher {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final HttpClient client = HttpClient.newHttpClient();
  private final URI events;
  private long next;

  Publisher(URI events) {
    this.events = events;
  }

  /** How many there were; also the number of the next. */
  long published() {
    return next;
  }

  /** As many as it takes, at an even pace; late ones are made up for. */
  void publish(int eventsPerSecond, Duration duration) throws InterruptedException {
    long start = System.nanoTime();
    long count = eventsPerSecond * duration.toSeconds();
    for (long number = 0; number < count; number++) {
      long due = start + TimeUnit.SECONDS.toNanos(number) / eventsPerSecond;
      TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
      publish();
    }
  }

  /** So many, each as soon as the one before is accepted. */
  void publish(int count) throws InterruptedException {
    for (int number = 0; number < count; number++) {
      publish();
    }
  }

  private void publish() throws InterruptedException {
    String event = new Tick(next, System.nanoTime()).json();
    HttpRequest request =
        HttpRequest.newBuilder(events).timeout(LIMIT).POST(BodyPublishers.ofString(event)).build();
    try {
      HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
      if (response.statusCode() != 202) {
        throw new BenchException(
            "An event was not published: %d %s".formatted(response.statusCode(), response.body()));
      }
    } catch (IOException e) {
      throw new BenchException("An event was not published: " + e, e);
    }
    next++;
  }
}
