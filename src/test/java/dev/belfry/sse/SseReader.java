package dev.belfry.sse;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A client of an event stream that shows its frames as they came, one by one. */
public final class SseReader implements AutoCloseable {

  // As browsers do without TLS. An HTTP/2 stream Open Liberty ends at once when it stops.
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /** For the headers; the stream itself may last. */
  private static final Duration OPENING = Duration.ofSeconds(20);

  private final HttpResponse<InputStream> response;
  private final BlockingQueue<String> frames = new LinkedBlockingQueue<>();
  private volatile String lastFrame = "";
  private volatile String lastId = "";
  private final CountDownLatch ended = new CountDownLatch(1);

  private SseReader(HttpResponse<InputStream> response) {
    this.response = response;
    new Thread(this::read, "sse-reader").start();
  }

  /**
   * Opens a stream.
   *
   * @param headers names and values in turn, besides Accept
   */
  public static SseReader open(URI uri, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri).header("Accept", "text/event-stream").timeout(OPENING);
    if (headers.length > 0) {
      request.headers(headers);
    }
    HttpResponse<InputStream> response =
        HTTP.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    return new SseReader(response);
  }

  public int status() {
    return response.statusCode();
  }

  public HttpHeaders headers() {
    return response.headers();
  }

  /** The last frame that came, taken or not. */
  public String lastFrame() {
    return lastFrame;
  }

  /** The last id that came: what a browser would send to resume. */
  public String lastId() {
    return lastId;
  }

  private void read() {
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      StringBuilder frame = new StringBuilder();
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (line.isEmpty()) {
          lastFrame = frame.toString();
          lastFrame
              .lines()
              .filter(field -> field.startsWith("id: "))
              .forEach(field -> lastId = field.substring("id: ".length()));
          frames.add(lastFrame);
          frame.setLength(0);
        } else {
          frame.append(frame.isEmpty() ? "" : "\n").append(line);
        }
      }
    } catch (IOException | UncheckedIOException ignored) {
      // The stream was cut: for this client the same as its end.
    } finally {
      ended.countDown();
    }
  }

  /** The next frame of whatever kind, lines joined by line breaks; fails if none comes. */
  public String nextFrame(Duration wait) throws InterruptedException {
    String frame = frames.poll(wait.toMillis(), TimeUnit.MILLISECONDS);
    if (frame == null) {
      throw new AssertionError("No frame within " + wait);
    }
    return frame;
  }

  /** The first frame, which every stream begins with; fails if it is another one or none comes. */
  public String primer(Duration wait) throws InterruptedException {
    String frame = nextFrame(wait);
    if (!frame.matches("(id: [0-9a-z]+\\.\\d+\n)?retry: \\d+\ndata:")) {
      throw new AssertionError("Not a primer: " + frame);
    }
    return frame;
  }

  /** The data of the next frame that has some; fails if none comes. */
  public String nextData(Duration wait) throws InterruptedException {
    long deadline = System.nanoTime() + wait.toNanos();
    while (true) {
      String frame = nextFrame(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
      List<String> data =
          frame
              .lines()
              .filter(line -> line.startsWith("data: "))
              .map(line -> line.substring("data: ".length()))
              .toList();
      if (!data.isEmpty()) {
        return String.join("\n", data);
      }
    }
  }

  /** The data of all frames that have come and were not taken. */
  public List<String> takeData() {
    List<String> waiting = new ArrayList<>();
    frames.drainTo(waiting);
    return waiting.stream()
        .flatMap(String::lines)
        .filter(line -> line.startsWith("data: "))
        .map(line -> line.substring("data: ".length()))
        .toList();
  }

  /** Whether the server ends the stream in time. */
  public boolean awaitEnd(Duration wait) throws InterruptedException {
    return ended.await(wait.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Hangs up. */
  @Override
  public void close() throws IOException {
    response.body().close();
  }
}
