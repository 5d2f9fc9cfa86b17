package dev.belfry.bench.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.belfry.bench.measure.BenchException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.function.Consumer;

/**
 * A connection that LISTENs and does nothing else, and that hears an event as soon as it comes, as
 * Go's lib/pq does: pgjdbc does not, by itself. It speaks just enough of the protocol (PostgreSQL
 * documentation, "Frontend/Backend Protocol", 3.0) to a server that trusts it.
 */
final class ListenerSocket implements AutoCloseable {
  private static final int PROTOCOL = 196_608;
  private static final int BUFFER = 64 * 1024;

  private final Socket socket;
  private final DataInputStream input;
  private final Consumer<String> ear;
  private final Thread thread;

  /**
   * Returns when it listens.
   *
   * @param ear is told what comes, on a thread of this connection
   */
  ListenerSocket(int port, String channel, Consumer<String> ear) throws IOException {
    this.ear = ear;
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    input = new DataInputStream(new BufferedInputStream(socket.getInputStream(), BUFFER));
    begin();
    awaitReady();
    send('Q', text("LISTEN " + channel));
    awaitReady();
    thread = new Thread(this::hear, "listener");
    thread.setDaemon(true);
    thread.start();
  }

  private void begin() throws IOException {
    ByteArrayOutputStream parameters = new ByteArrayOutputStream();
    for (String parameter : new String[] {"user", "postgres", "database", "postgres"}) {
      parameters.write(text(parameter));
    }
    parameters.write(0);
    DataOutputStream output = new DataOutputStream(socket.getOutputStream());
    output.writeInt(2 * Integer.BYTES + parameters.size());
    output.writeInt(PROTOCOL);
    parameters.writeTo(output);
    output.flush();
  }

  private void send(char type, byte[] body) throws IOException {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    DataOutputStream output = new DataOutputStream(message);
    output.writeByte(type);
    output.writeInt(Integer.BYTES + body.length);
    output.write(body);
    message.writeTo(socket.getOutputStream());
  }

  private static byte[] text(String text) {
    return (text + '\0').getBytes(UTF_8);
  }

  private void awaitReady() throws IOException {
    for (byte type = input.readByte(); ; type = input.readByte()) {
      byte[] body = input.readNBytes(input.readInt() - Integer.BYTES);
      switch (type) {
        case 'Z' -> {
          return;
        }
        case 'E' -> throw new IOException(new String(body, UTF_8));
        default -> {
          // Parameters, and that it may go on.
        }
      }
    }
  }

  private void hear() {
    try {
      while (true) {
        byte type = input.readByte();
        byte[] body = input.readNBytes(input.readInt() - Integer.BYTES);
        if (type == 'A') {
          ear.accept(payload(body));
        }
      }
    } catch (IOException ended) {
      if (!socket.isClosed()) {
        throw new BenchException("A listener was cut off: " + ended, ended);
      }
    }
  }

  // The process, the channel, the payload.
  private static String payload(byte[] body) {
    int start = Integer.BYTES;
    while (body[start] != 0) {
      start++;
    }
    return new String(body, start + 1, body.length - start - 2, UTF_8);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
