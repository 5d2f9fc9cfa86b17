package dev.belfry.abuse;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * What a client and the server said to each other on one connection.
 *
 * @param received all that came; of a stream only the first frame
 * @param ended whether the server closed the connection, or a stream was opened
 */
record Conversation(FuzzRequest request, String received, boolean ended) {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int BUFFER = 16 * 1024;

  /** Sends a request, says that no more will come, and reads until the server hangs up. */
  static Conversation hold(int port, FuzzRequest request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      say(socket, Latin1.bytes(request.wire()));
      return listen(socket, request);
    }
  }

  private static void say(Socket socket, byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      socket.shutdownOutput();
    } catch (IOException ignored) {
      // The server has heard enough. What it answered can be read all the same.
    }
  }

  private static Conversation listen(Socket socket, FuzzRequest request) {
    ByteArrayOutputStream received = new ByteArrayOutputStream();
    byte[] buffer = new byte[BUFFER];
    try {
      while (!isOpenStream(Latin1.wire(received.toByteArray()))) {
        int count = socket.getInputStream().read(buffer);
        if (count < 0) {
          break;
        }
        received.write(buffer, 0, count);
      }
      return new Conversation(request, Latin1.wire(received.toByteArray()), true);
    } catch (SocketTimeoutException late) {
      return new Conversation(request, Latin1.wire(received.toByteArray()), false);
    } catch (IOException ignored) {
      // Reset, because the server has not read all that was sent.
      return new Conversation(request, Latin1.wire(received.toByteArray()), true);
    }
  }

  private static boolean isOpenStream(String received) {
    int begin = received.indexOf("text/event-stream");
    return begin >= 0 && received.indexOf("data:", begin) >= 0;
  }
}
