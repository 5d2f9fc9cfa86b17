package dev.belfry.container;

import static dev.belfry.container.Http.json;

import dev.belfry.cluster.Replica;
import dev.belfry.event.EventId;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Publishes one event after the other, each with an idempotency key of its own and on one replica
 * after the other until one says what id it has: so each is in the log once.
 */
final class FaultPublisher implements Runnable {

  /** Shorter than a replica may need or be frozen: answers are to get lost. */
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(2);

  private static final Duration GIVE_UP = Duration.ofMinutes(2);
  private static final Duration PACE = Duration.ofMillis(10);
  private static final Duration RETRY = Duration.ofMillis(100);

  /** One in so many is too large to travel with the notification. */
  private static final int LARGE = 40;

  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(ANSWER_LIMIT)
          .build();

  private final String name;
  private final List<Replica> replicas;
  private final PublishedEvents published;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private int replica;
  private EventId previous = EventId.UNKNOWN;

  /**
   * @param replicas which it prefers, first the one at {@code home}
   */
  FaultPublisher(String name, List<Replica> replicas, int home, PublishedEvents published) {
    this.name = name;
    this.replicas = replicas;
    this.replica = home;
    this.published = published;
  }

  /** Ends {@link #run} when the event that is under way is in the log. */
  void stop() {
    stopping.countDown();
  }

  @Override
  public void run() {
    try {
      int number = 0;
      do {
        number++;
        publish(new TestEvent(name + "-" + number, number % LARGE == 0 ? 20_000 : 100));
      } while (!stopping.await(PACE.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException ignored) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException failure) {
      published.report(name + ": " + failure);
    }
  }

  private void publish(TestEvent event) throws InterruptedException {
    long begin = System.nanoTime();
    Optional<EventId> id = post(event);
    while (id.isEmpty()) {
      if (System.nanoTime() - begin > GIVE_UP.toNanos()) {
        throw new IllegalStateException(event.key() + " could not be published");
      }
      replica = (replica + 1) % replicas.size();
      TimeUnit.MILLISECONDS.sleep(RETRY.toMillis());
      id = post(event);
    }
    if (id.get().offset() <= previous.offset()) {
      published.report("%s was given %s after %s".formatted(event.key(), id.get(), previous));
    }
    previous = id.get();
    published.acknowledge(previous, event.key());
  }

  private Optional<EventId> post(TestEvent event) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(replicas.get(replica).uri("/api/events"))
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", event.key())
            .timeout(ANSWER_LIMIT)
            .POST(BodyPublishers.ofString(event.body()))
            .build();
    try {
      HttpResponse<String> response = HTTP.send(request, BodyHandlers.ofString());
      if (response.statusCode() == 202 && json(response).containsKey("id")) {
        return EventId.parse(json(response).getString("id"));
      }
      published.retry(Integer.toString(response.statusCode()));
    } catch (IOException failure) {
      published.retry(failure.getClass().getSimpleName());
    }
    return Optional.empty();
  }
}
