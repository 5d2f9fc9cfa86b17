package dev.belfry.container;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;

/** Requests that no HTTP client would send. */
final class RawHttp {

  private RawHttp() {}

  /**
   * Sends text as it is, but for line ends, which become those of HTTP, says that no more will
   * come, and returns everything that comes back until the server closes the connection.
   */
  static String send(URI server, String text) throws IOException {
    try (Socket socket = new Socket(server.getHost(), server.getPort())) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write(text.replace("\n", "\r\n").getBytes(ISO_8859_1));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }
}
