package dev.belfry.clients;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.belfry.cluster.Replica;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * One URL for several replicas: every request goes to the next of those that it leads to. It asks
 * for the connection to be closed after each answer, so that clients cannot keep one to a replica.
 * What it passes on it does not understand, so that a cut is one of TCP.
 */
final class Relay implements Address, AutoCloseable {

  private static final Set<String> OF_THE_CONNECTION =
      Set.of("connection", "keep-alive", "upgrade", "http2-settings");

  private final ServerSocket listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final AtomicInteger turn = new AtomicInteger();

  private volatile List<Replica> replicas;
  private volatile CountDownLatch passage = new CountDownLatch(0);

  Relay(List<Replica> replicas) throws IOException {
    this.replicas = replicas;
    threads.execute(this::accept);
  }

  @Override
  public URI uri(String path) {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort() + path);
  }

  /** Later requests go to these, by turns. */
  void lead(List<Replica> to) {
    replicas = to;
  }

  /** Accepts later requests and keeps them waiting. */
  void hold() {
    passage = new CountDownLatch(1);
  }

  /** Lets pass those that wait, and all later ones. */
  void release() {
    passage.countDown();
  }

  /** Cuts all connections that there are, whatever is on its way. */
  void cut() {
    links.forEach(Link::close);
  }

  /** How many event streams are open. */
  long streams() {
    return links.stream().filter(link -> link.isStream).count();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        threads.execute(() -> relay(client));
      }
    } catch (IOException ignored) {
      // The relay was closed.
    }
  }

  private void relay(Socket client) {
    try (client) {
      byte[] head = head(client.getInputStream());
      passage.await();
      List<Replica> candidates = replicas;
      Replica replica = candidates.get(turn.getAndIncrement() % candidates.size());
      URI target = replica.uri("");
      try (Link link = new Link(client, new Socket(target.getHost(), target.getPort()))) {
        links.add(link);
        link.server.getOutputStream().write(head);
        threads.execute(link::passRequest);
        link.passAnswer();
      }
    } catch (IOException ignored) {
      // One end is gone, or there was never another: the client sees its connection end.
    } catch (InterruptedException ignored) {
      // The relay was closed while the request had to wait.
    }
  }

  /** The head of a request, which then asks for one answer only. */
  private static byte[] head(InputStream in) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int next = in.read(); next >= 0; next = in.read()) {
      bytes.write(next);
      if (next == '\n' && bytes.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
        return closing(bytes.toString(ISO_8859_1)).getBytes(ISO_8859_1);
      }
    }
    throw new IOException("No request");
  }

  private static String closing(String head) {
    return head.lines()
        .filter(line -> !line.isEmpty())
        .filter(line -> !OF_THE_CONNECTION.contains(name(line)))
        .collect(Collectors.joining("\r\n", "", "\r\nConnection: close\r\n\r\n"));
  }

  private static String name(String line) {
    return line.substring(0, Math.max(0, line.indexOf(':'))).toLowerCase(Locale.ROOT);
  }

  @Override
  public void close() throws IOException {
    listener.close();
    cut();
    threads.shutdownNow();
  }

  final class Link implements AutoCloseable {
    private final Socket client;
    private final Socket server;
    private volatile boolean isStream;

    Link(Socket client, Socket server) {
      this.client = client;
      this.server = server;
    }

    void passRequest() {
      try {
        client.getInputStream().transferTo(server.getOutputStream());
      } catch (IOException ignored) {
        // Cut, or answered.
      } finally {
        close();
      }
    }

    void passAnswer() throws IOException {
      OutputStream out = client.getOutputStream();
      byte[] buffer = new byte[8192];
      boolean isFirst = true;
      for (int read = server.getInputStream().read(buffer);
          read >= 0;
          read = server.getInputStream().read(buffer)) {
        out.write(buffer, 0, read);
        if (isFirst) {
          isStream = new String(buffer, 0, read, ISO_8859_1).contains(": text/event-stream");
          isFirst = false;
        }
      }
    }

    @Override
    public void close() {
      links.remove(this);
      try (client;
          server) {
        // Both, even if one cannot be closed.
      } catch (IOException ignored) {
        // It was gone already.
      }
    }
  }
}
