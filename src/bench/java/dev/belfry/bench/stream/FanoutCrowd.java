package dev.belfry.bench.stream;

import static org.awaitility.Awaitility.await;

import dev.belfry.bench.measure.BenchException;
import dev.belfry.bench.measure.Latencies;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionTimeoutException;

/** Streams of one server that stay open, and those who publish to them. */
final class FanoutCrowd implements AutoCloseable {
  private static final int READERS = 2;
  private static final int PUBLISHERS = 4;
  private static final Duration ARRIVAL = Duration.ofMinutes(1);
  private static final Duration POLL = Duration.ofMillis(20);

  /** After it, what has not come does not count as late but as lost. */
  private static final Duration LATEST = Duration.ofMinutes(2);

  private final FanoutServer server;
  private final int streams;
  private final String padding;
  private final List<StreamClient> clients = new ArrayList<>();
  private final List<FanoutAudience> audiences = new ArrayList<>();
  private final ExecutorService publishers = Executors.newFixedThreadPool(PUBLISHERS);
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final long[] published = new long[PUBLISHERS];

  /** Opens the streams, and returns when all are open. Events have about 200 bytes. */
  FanoutCrowd(FanoutServer server, int streams) {
    this(server, streams, 0);
  }

  /**
   * Opens the streams, and returns when all are open.
   *
   * @param more how many bytes events have beyond the usual 200
   */
  FanoutCrowd(FanoutServer server, int streams, int more) {
    this.server = server;
    this.streams = streams;
    this.padding = "x".repeat(more);
    for (int reader = 0; reader < READERS; reader++) {
      clients.add(new StreamClient(server.stream()));
      audiences.add(new FanoutAudience());
    }
    int opened = 0;
    while (opened < streams) {
      // Fewer at a time than a server lets wait to be accepted.
      int arriving = Math.min(streams, opened + 200);
      for (; opened < arriving; opened++) {
        int reader = opened % READERS;
        clients.get(reader).open(new FanoutReader(audiences.get(reader), new long[PUBLISHERS]));
      }
      awaitPresent(arriving);
    }
  }

  private void awaitPresent(int count) {
    try {
      await().atMost(ARRIVAL).pollInterval(POLL).until(() -> present() + gone() >= count);
    } catch (ConditionTimeoutException late) {
      throw new BenchException(
          "Only %d of %d streams were opened".formatted(present(), count), late);
    }
    requireAll();
  }

  private void requireAll() {
    if (gone() > 0) {
      throw new BenchException(
          "%d streams were lost, the last: %s"
              .formatted(
                  gone(),
                  audiences.stream()
                      .map(FanoutAudience::lastLoss)
                      .filter(reason -> !reason.isEmpty())
                      .findFirst()
                      .orElse("")));
    }
  }

  /**
   * What became of a load.
   *
   * @param perSecond how many deliveries a second there were while it was published
   * @param latencies of all deliveries
   * @param processorTime of the server, until all was delivered
   * @param deliveries that there were
   * @param lost deliveries that there were not
   * @param misplaced deliveries that were not the next of their publisher
   */
  record Outcome(
      double perSecond,
      Latencies latencies,
      Duration processorTime,
      long deliveries,
      long lost,
      long misplaced) {

    double microsecondsPerDelivery() {
      return processorTime.toNanos() / 1e3 / deliveries;
    }
  }

  /** Publishes at an even pace, and waits for all of it. */
  Outcome publish(int eventsPerSecond, Duration duration) throws InterruptedException {
    Latencies latencies = new Latencies();
    audiences.forEach(audience -> audience.restart(latencies));
    long deliveredBefore = delivered();
    long misplacedBefore = misplaced();
    Duration processorBefore = server.processorTime();
    long begin = System.nanoTime();
    long events = publishAll(eventsPerSecond, duration);
    double seconds = (System.nanoTime() - begin) / 1e9;
    double perSecond = (delivered() - deliveredBefore) / seconds;
    long wanted = events * streams;
    awaitDeliveries(deliveredBefore + wanted);
    requireAll();
    long deliveries = delivered() - deliveredBefore;
    return new Outcome(
        perSecond,
        latencies,
        server.processorTime().minus(processorBefore),
        deliveries,
        wanted - deliveries,
        misplaced() - misplacedBefore);
  }

  private void awaitDeliveries(long wanted) {
    try {
      await().atMost(LATEST).pollInterval(POLL).until(() -> delivered() >= wanted);
    } catch (ConditionTimeoutException ignored) {
      // What is missing is part of the outcome.
    }
  }

  private long publishAll(int eventsPerSecond, Duration duration) throws InterruptedException {
    long each = Math.max(1, eventsPerSecond * duration.toMillis() / 1_000 / PUBLISHERS);
    long interval = TimeUnit.SECONDS.toNanos(PUBLISHERS) / eventsPerSecond;
    long start = System.nanoTime();
    List<Future<?>> running = new ArrayList<>();
    for (int publisher = 0; publisher < PUBLISHERS; publisher++) {
      int own = publisher;
      long first = start + interval * publisher / PUBLISHERS;
      running.add(
          publishers.submit(
              () -> {
                for (long number = 0; number < each; number++) {
                  TimeUnit.NANOSECONDS.sleep(first + number * interval - System.nanoTime());
                  post(FanoutEvent.json(own, published[own]++, System.nanoTime(), padding));
                }
                return null;
              }));
    }
    try {
      for (Future<?> publisher : running) {
        publisher.get();
      }
    } catch (ExecutionException failure) {
      throw new BenchException(
          "An event was not published: " + failure.getCause(), failure.getCause());
    }
    return each * PUBLISHERS;
  }

  private void post(String event) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(server.events())
            .timeout(LATEST)
            .POST(BodyPublishers.ofString(event))
            .build();
    HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
    if (response.statusCode() / 100 != 2) {
      throw new BenchException(
          "An event was not published: %d %s".formatted(response.statusCode(), response.body()));
    }
  }

  int present() {
    return audiences.stream().mapToInt(FanoutAudience::present).sum();
  }

  private int gone() {
    return audiences.stream().mapToInt(FanoutAudience::gone).sum();
  }

  private long delivered() {
    return audiences.stream().mapToLong(FanoutAudience::delivered).sum();
  }

  private long misplaced() {
    return audiences.stream().mapToLong(FanoutAudience::misplaced).sum();
  }

  @Override
  public void close() {
    clients.forEach(StreamClient::close);
    publishers.shutdownNow();
  }
}
