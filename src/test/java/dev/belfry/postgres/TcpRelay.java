package dev.belfry.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Stands between client and server, and can stop to pass anything on without closing: what a cut
 * cable or a forgetful firewall looks like from both ends.
 */
final class TcpRelay implements AutoCloseable {

  private final ServerSocket listener;
  private final int target;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Queue<Link> links = new ConcurrentLinkedQueue<>();

  TcpRelay(int target) throws IOException {
    this.target = target;
    this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** How many connections there have been. */
  int connections() {
    return links.size();
  }

  /** From now on the connections that there are pass nothing on; later ones do. */
  void stall() {
    links.forEach(link -> link.stalled().set(true));
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        Link link =
            new Link(
                client, new Socket(InetAddress.getLoopbackAddress(), target), new AtomicBoolean());
        links.add(link);
        threads.execute(() -> copy(link.client(), link.server(), link.stalled()));
        threads.execute(() -> copy(link.server(), link.client(), link.stalled()));
      }
    } catch (IOException ignored) {
      // The relay was closed.
    }
  }

  private static void copy(Socket from, Socket to, AtomicBoolean stalled) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      byte[] buffer = new byte[8192];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        if (!stalled.get()) {
          to.getOutputStream().write(buffer, 0, read);
        }
      }
    } catch (IOException ignored) {
      // One end is gone: try-with-resources closes the other.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Link link : links) {
      link.client().close();
      link.server().close();
    }
    threads.shutdownNow();
  }

  private record Link(Socket client, Socket server, AtomicBoolean stalled) {}
}
