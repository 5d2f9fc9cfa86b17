package dev.belfry.container;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.belfry.event.EventId;
import jakarta.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A client of the public stream as the HTML standard has it (section 9.2): whenever it is cut off
 * or refused it comes back, to whichever replica, and asks for what came after the last id that it
 * was shown.
 */
final class FaultClient implements AutoCloseable {

  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(3);
  private static final Duration LONGEST_RETRY = Duration.ofSeconds(1);

  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(ANSWER_LIMIT)
          .build();

  private final String name;
  private final Supplier<URI> stream;
  private final Thread thread;
  private final CountDownLatch closing = new CountDownLatch(1);

  // Guarded by this, as is all below.
  private final List<Seen> seen = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();
  private Optional<EventId> start = Optional.empty();
  private Optional<EventId> last = Optional.empty();
  private Optional<InputStream> connection = Optional.empty();
  private Duration retry = Duration.ofMillis(100);
  private int connections;

  /**
   * Connects, and goes on to, until it is closed.
   *
   * @param stream where to, asked anew each time
   */
  FaultClient(String name, Supplier<URI> stream) {
    this.name = name;
    this.stream = stream;
    this.thread = new Thread(this::run, name);
    thread.start();
  }

  private void run() {
    try {
      while (closing.getCount() > 0) {
        readOneStream();
        closing.await(retry().toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException ignored) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException failure) {
      // Else the client would be missed only when it does not get where the others do.
      report(failure.toString());
    }
  }

  private void readOneStream() throws InterruptedException {
    try {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(stream.get())
              .header("Accept", "text/event-stream")
              .timeout(ANSWER_LIMIT);
      last().ifPresent(id -> request.header("Last-Event-ID", id.toString()));
      HttpResponse<InputStream> response = HTTP.send(request.build(), BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        if (response.statusCode() == 200) {
          connected(body);
          read(new BufferedReader(new InputStreamReader(body, UTF_8)));
        } else if (response.statusCode() == 500) {
          report("500 " + new String(body.readAllBytes(), UTF_8));
        }
      }
    } catch (IOException ignored) {
      // Cut off, refused or not answered: all the same to a client that comes back.
    }
  }

  private synchronized void connected(InputStream body) {
    connection = Optional.of(body);
    connections++;
  }

  private void read(BufferedReader reader) throws IOException {
    Frame frame = new Frame();
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      if (line.isEmpty()) {
        take(frame);
        frame = new Frame();
      } else {
        frame.add(line);
      }
    }
    // What has no empty line after it was cut in the middle: a client takes no notice of it.
  }

  private synchronized void take(Frame frame) {
    frame.retry.ifPresent(millis -> retry = Duration.ofMillis(millis));
    Optional<EventId> id = frame.id.flatMap(EventId::parse);
    if (frame.id.isPresent() && id.isEmpty()) {
      report("no id: " + frame.id.get());
    }
    if (frame.event.equals("reset")) {
      seen.add(new Seen.Reset(latest(frame.data)));
    } else if (!frame.data.isEmpty()) {
      String key = TestEvent.key(frame.data);
      id.ifPresentOrElse(
          place -> seen.add(new Seen.Event(place, key, System.nanoTime())),
          () -> report("an event without an id: " + key));
    } else if (start.isEmpty()) {
      start = id;
    }
    last = id.or(() -> last);
  }

  private static EventId latest(String reset) {
    return EventId.parse(
            Json.createReader(new StringReader(reset)).readObject().getString("latest"))
        .orElseThrow();
  }

  private synchronized void report(String problem) {
    problems.add(name + ": " + problem);
  }

  private synchronized Duration retry() {
    return retry.compareTo(LONGEST_RETRY) < 0 ? retry : LONGEST_RETRY;
  }

  /** Cuts the connection, whatever is on its way. */
  void cut() throws IOException {
    Optional<InputStream> body;
    synchronized (this) {
      body = connection;
      connection = Optional.empty();
    }
    if (body.isPresent()) {
      body.get().close();
    }
  }

  String name() {
    return name;
  }

  /** The id that the first stream began with; empty until then. */
  synchronized Optional<EventId> start() {
    return start;
  }

  /** The last id that was shown, with or without an event. */
  synchronized Optional<EventId> last() {
    return last;
  }

  /** All that was shown. */
  synchronized List<Seen> seen() {
    return List.copyOf(seen);
  }

  /** What no server should have sent. */
  synchronized List<String> problems() {
    return List.copyOf(problems);
  }

  /** How many streams there were, one after the other. */
  synchronized int connections() {
    return connections;
  }

  /** Hangs up for good. */
  @Override
  public void close() throws IOException, InterruptedException {
    closing.countDown();
    cut();
    // It may be about to connect; interrupting that is as good as hanging up.
    thread.interrupt();
    thread.join();
  }

  private static final class Frame {
    private Optional<String> id = Optional.empty();
    private Optional<Integer> retry = Optional.empty();
    private String event = "";
    private String data = "";

    void add(String line) {
      int colon = line.indexOf(':');
      String field = colon < 0 ? line : line.substring(0, colon);
      String value = colon < 0 ? "" : line.substring(colon + 1).stripLeading();
      switch (field) {
        case "id" -> id = Optional.of(value);
        case "event" -> event = value;
        case "data" -> data += (data.isEmpty() ? "" : "\n") + value;
        case "retry" -> retry = Optional.of(Integer.parseInt(value));
        default -> {
          // A comment, or something that is to be ignored.
        }
      }
    }
  }
}
