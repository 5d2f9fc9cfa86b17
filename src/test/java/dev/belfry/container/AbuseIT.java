package dev.belfry.container;

import static dev.belfry.container.Http.INITIALIZE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belfry.cluster.Cluster;
import dev.belfry.cluster.ClusterFiles;
import dev.belfry.cluster.EmbeddedDatabase;
import dev.belfry.cluster.Ports;
import dev.belfry.cluster.Replica;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Clients that mean harm, by the thousand, with the server's configuration of {@code liberty}: they
 * are answered or hung up on, and nobody else notices.
 */
class AbuseIT {

  private static final int HALF_OPEN = 2_000;
  private static final int SLOW_BODIES = 200;
  private static final int GOOD_REQUESTS = 50;
  private static final Duration LONG = Duration.ofMinutes(1);

  private static Cluster cluster;
  private static Replica replica;

  private final List<Socket> silent = new ArrayList<>();
  private final List<Socket> halfway = new ArrayList<>();
  private final List<Socket> slow = new CopyOnWriteArrayList<>();
  private final ScheduledExecutorService trickle = Executors.newSingleThreadScheduledExecutor();

  @BeforeAll
  static void start() {
    ClusterFiles files = ClusterFiles.fromSystemProperties();
    cluster =
        new Cluster(
                files,
                new EmbeddedDatabase(files.work().resolve("abuse-database"), Map.of()),
                Ports.free(1),
                Map.of("http.readTimeout", "5s", "belfry.http.body-timeout", "PT5S"))
            .start();
    replica = cluster.replica(1);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @AfterEach
  void hangUp() throws IOException {
    trickle.shutdownNow();
    for (List<Socket> sockets : List.of(silent, halfway, slow)) {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void requestsThatNeverEndAreDealtWithAndNobodyElseNotices() throws Exception {
    work();
    long filesBefore = openFiles();
    for (int number = 0; number < HALF_OPEN / 2; number++) {
      silent.add(open(""));
      halfway.add(open("POST /mcp HT"));
    }
    for (int number = 0; number < SLOW_BODIES; number++) {
      slow.add(
          open(
              "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                  + (number % 2 == 0
                      ? "Content-Length: 100000\r\n\r\n"
                      : "Transfer-Encoding: chunked\r\n\r\n")));
    }
    ScheduledFuture<?> unused =
        trickle.scheduleAtFixedRate(this::sendAByteEach, 0, 1, TimeUnit.SECONDS);

    work();

    awaitDealtWith("half-open, silent", silent);
    awaitDealtWith("half-open, halfway", halfway);
    awaitDealtWith("slow", slow);
    await().atMost(LONG).untilAsserted(() -> assertThat(openFiles()).isLessThan(filesBefore + 50));
    work();
  }

  @Test
  void hugeHeadersAreRefused() throws Exception {
    for (String headers :
        List.of(
            "X-Huge: " + "x".repeat(10 * 1024 * 1024) + "\r\n",
            "X-Small: x\r\n".repeat(10_000),
            "Mcp-Session-Id: " + "x".repeat(10 * 1024 * 1024) + "\r\n")) {
      String answer = answer("GET /mcp HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");

      // Who is hung up on while still sending may see no answer.
      assertThat(answer).matches("(HTTP/1\\.1 4\\d\\d .*)?");
      work();
    }
  }

  private static void awaitDealtWith(String what, List<Socket> sockets) {
    await()
        .atMost(LONG)
        .untilAsserted(
            () -> {
              sockets.removeIf(AbuseIT::isDealtWith);
              assertThat(sockets).as(what).isEmpty();
            });
  }

  /** What a client does that means well: all of it succeeds. */
  private void work() throws Exception {
    for (int number = 0; number < GOOD_REQUESTS; number++) {
      URI endpoint = replica.uri("/mcp");
      var answer = Http.post(endpoint, INITIALIZE, "Authorization", "Bearer good");
      assertThat(answer.statusCode()).isEqualTo(200);
      String id = answer.headers().firstValue("Mcp-Session-Id").orElseThrow();
      assertThat(
              Http.send(
                      "DELETE", endpoint, "", "Mcp-Session-Id", id, "Authorization", "Bearer good")
                  .statusCode())
          .isEqualTo(204);
    }
  }

  private static Socket open(String begin) throws IOException {
    Socket socket = new Socket(replica.uri("").getHost(), replica.uri("").getPort());
    socket.setSoTimeout(1);
    socket.getOutputStream().write(begin.getBytes(US_ASCII));
    return socket;
  }

  // A chunk of one byte, or bytes of a body: in both cases what is allowed there.
  private void sendAByteEach() {
    for (Socket socket : slow) {
      try {
        socket.getOutputStream().write("1\r\n \r\n".getBytes(US_ASCII));
      } catch (IOException ignored) {
        // Hung up on already.
      }
    }
  }

  /** Whether a client has been answered, or hung up on. It goes then, whatever it meant to send. */
  private static boolean isDealtWith(Socket socket) {
    try {
      int first = socket.getInputStream().read();
      assertThat(first).as("the beginning of an answer, or of none").isIn(-1, (int) 'H');
      socket.close();
      return true;
    } catch (SocketTimeoutException open) {
      return false;
    } catch (IOException cut) {
      return true;
    }
  }

  private String answer(String request) throws IOException {
    try (Socket socket = new Socket(replica.uri("").getHost(), replica.uri("").getPort())) {
      socket.setSoTimeout((int) LONG.toMillis());
      try {
        OutputStream out = socket.getOutputStream();
        out.write(request.getBytes(US_ASCII));
        out.flush();
        return new String(socket.getInputStream().readNBytes(1_000), US_ASCII)
            .lines()
            .findFirst()
            .orElse("");
      } catch (SocketException cut) {
        return "";
      }
    }
  }

  private static long openFiles() {
    try (Stream<Path> files = Files.list(Path.of("/proc", Long.toString(replica.pid()), "fd"))) {
      return files.count();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
