package dev.belfry.bench.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.belfry.bench.measure.BenchException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Clients that open a stream with a backlog, which is more than the sockets' buffers hold, and do
 * not read it. When the server has ended them they come again.
 */
final class StalledClients implements AutoCloseable {
  private static final int RECEIVE_BYTES = 4096;
  private static final int TURN_SECONDS = 1;

  private final URI stream;
  private final String backlog;
  private final PresenceCount presence;
  private final int count;
  private final int others;
  private final ScheduledExecutorService turns = Executors.newSingleThreadScheduledExecutor();
  private final List<Socket> sockets = new ArrayList<>();

  /**
   * Opens them.
   *
   * @param backlog the id after which they go on
   * @param others how many streams there are without them
   */
  StalledClients(URI stream, String backlog, PresenceCount presence, int count, int others) {
    this.stream = stream;
    this.backlog = backlog;
    this.presence = presence;
    this.count = count;
    this.others = others;
    if (count > 0) {
      openAll();
      var unused =
          turns.scheduleWithFixedDelay(this::turn, TURN_SECONDS, TURN_SECONDS, TimeUnit.SECONDS);
    }
  }

  /** The id with which a stream begins that is opened now. */
  static String currentId(URI stream) {
    try (Socket socket = open(stream, "")) {
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("id: ")) {
          return line.substring("id: ".length());
        }
      }
    } catch (IOException failure) {
      throw new BenchException("No stream can be opened: " + failure, failure);
    }
    throw new BenchException("A stream began without an id.");
  }

  private void turn() {
    if (presence.streams() < others + count) {
      closeAll();
      openAll();
    }
  }

  private synchronized void openAll() {
    try {
      for (int client = 0; client < count; client++) {
        sockets.add(open(stream, "Last-Event-ID: " + backlog + "\r\n"));
      }
    } catch (IOException failure) {
      throw new BenchException("No stream can be opened: " + failure, failure);
    }
  }

  private static Socket open(URI stream, String header) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(RECEIVE_BYTES);
    socket.connect(new InetSocketAddress(stream.getHost(), stream.getPort()));
    socket
        .getOutputStream()
        .write(
            "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n"
                .formatted(stream.getRawPath(), stream.getRawAuthority(), header)
                .getBytes(US_ASCII));
    return socket;
  }

  private synchronized void closeAll() {
    for (Socket socket : sockets) {
      try {
        socket.close();
      } catch (IOException ignored) {
        // It is gone, which is all that is wanted.
      }
    }
    sockets.clear();
  }

  @Override
  public void close() {
    turns.shutdownNow();
    closeAll();
  }
}
