package dev.belfry.bench.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.belfry.bench.measure.BenchException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Reads any number of streams of a server with one thread. Thread-safe. */
final class StreamClient implements AutoCloseable {
  private static final int BUFFER_BYTES = 128 * 1024;

  /** Streams from one address, so that its ports suffice, those of closed connections included. */
  private static final int STREAMS_PER_ADDRESS = 2_000;

  private static final int ADDRESSES = 250;

  private final InetSocketAddress server;
  private final byte[] request;
  private final Selector selector;
  private final Thread thread = new Thread(this::run, "stream-client");
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

  /** The thread's own, as is the number. */
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);

  private long opened;

  private volatile boolean closed;

  StreamClient(URI stream) {
    server = new InetSocketAddress(stream.getHost(), stream.getPort());
    request =
        "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\n\r\n"
            .formatted(stream.getRawPath(), stream.getRawAuthority())
            .getBytes(US_ASCII);
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new BenchException("No streams can be opened: " + e, e);
    }
    thread.start();
  }

  /** Opens a stream soon. */
  void open(StreamListener listener) {
    open(new LineReader(listener));
  }

  /** Opens a stream soon. */
  void open(StreamReader reader) {
    later(() -> connect(reader));
  }

  /** Hangs up on all streams soon. */
  void hangUp() {
    later(
        () ->
            new ArrayList<>(selector.keys()).forEach(key -> close((Connection) key.attachment())));
  }

  private void later(Runnable task) {
    tasks.add(task);
    selector.wakeup();
  }

  private void run() {
    try (selector) {
      while (!closed) {
        selector.select(this::proceed);
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
          task.run();
        }
      }
      selector.keys().forEach(key -> close((Connection) key.attachment()));
    } catch (IOException e) {
      throw new BenchException("The streams cannot be read: " + e, e);
    }
  }

  private record Connection(SocketChannel channel, StreamReader reader) {}

  private void connect(StreamReader reader) {
    try {
      SocketChannel channel = SocketChannel.open();
      Connection connection = new Connection(channel, reader);
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.bind(new InetSocketAddress(nextAddress(), 0));
      channel.register(selector, SelectionKey.OP_CONNECT, connection);
      channel.connect(server);
    } catch (IOException e) {
      reader.lost("not connected: " + e);
    }
  }

  // 127.0.0.2, 127.0.0.3 and so on.
  private InetAddress nextAddress() throws IOException {
    int number = (int) (opened++ / STREAMS_PER_ADDRESS % ADDRESSES);
    return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) (2 + number)});
  }

  private void proceed(SelectionKey key) {
    Connection connection = (Connection) key.attachment();
    try {
      if (key.isConnectable()) {
        connection.channel.finishConnect();
        // Far smaller than a new socket's buffer.
        connection.channel.write(ByteBuffer.wrap(request));
        key.interestOps(SelectionKey.OP_READ);
      } else {
        read(connection);
      }
    } catch (IOException e) {
      close(connection);
      connection.reader.lost(e.toString());
    }
  }

  private void read(Connection connection) throws IOException {
    buffer.clear();
    int count = connection.channel.read(buffer);
    if (count < 0) {
      throw new IOException("ended by the server");
    }
    if (!connection.reader.take(buffer.array(), count)) {
      close(connection);
    }
  }

  private static void close(Connection connection) {
    try {
      connection.channel.close();
    } catch (IOException ignored) {
      // It is gone, which is all that is wanted.
    }
  }

  /** Hangs up on all streams, and waits until that is done. Idempotent. */
  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    try {
      thread.join();
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
    }
  }
}
