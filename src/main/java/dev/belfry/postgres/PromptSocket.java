package dev.belfry.postgres;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketTimeoutException;

/**
 * A socket that makes pgjdbc hand over notifications at once.
 *
 * <p>After each notification the driver looks for the next one by reading with a timeout of 1 ms,
 * and it returns to its caller only when that read times out. While notifications arrive less than
 * 1 ms apart it does not return at all. This socket knows such a read by its timeout and answers it
 * without waiting: nothing there, timed out. It also says so when a batch has grown large, so that
 * a batch is bounded however fast events arrive. What has not been read then waits in the kernel
 * for the next call.
 *
 * <p>Over TLS it wraps the TLS socket; a batch is then at most one TLS record.
 */
@SuppressWarnings("UnsynchronizedOverridesSynchronized") // The socket beneath has its own locks.
final class PromptSocket extends Socket {

  /** The timeout, in milliseconds, of {@code PGStream.hasMessagePending}; nothing else uses it. */
  private static final int PEEK_TIMEOUT = 1;

  /** About 300 events: a few milliseconds of work. */
  private static final int MAX_BATCH_BYTES = 64 * 1024;

  private final Socket socket;
  private final InputStream input;

  PromptSocket(Socket socket) throws IOException {
    super((SocketImpl) null);
    this.socket = socket;
    this.input = new PromptInputStream(socket.getInputStream());
  }

  @Override
  public InputStream getInputStream() {
    return input;
  }

  /** Used by one thread, as the driver's stream is. */
  private final class PromptInputStream extends FilterInputStream {
    private int batchBytes;

    PromptInputStream(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int timeout = socket.getSoTimeout();
      if (timeout == PEEK_TIMEOUT && available() == 0) {
        throw new SocketTimeoutException("Nothing is waiting");
      }
      if (timeout > PEEK_TIMEOUT) {
        batchBytes = 0; // The driver waits for a first message: a new batch.
      }
      int read = in.read(buffer, offset, length);
      batchBytes += Math.max(read, 0);
      return read;
    }

    @Override
    public int available() throws IOException {
      return batchBytes < MAX_BATCH_BYTES ? in.available() : 0;
    }
  }

  // The rest of what the driver calls on an open connection goes to the socket itself.

  @Override
  public OutputStream getOutputStream() throws IOException {
    return socket.getOutputStream();
  }

  @Override
  public void setSoTimeout(int timeout) throws SocketException {
    socket.setSoTimeout(timeout);
  }

  @Override
  public int getSoTimeout() throws SocketException {
    return socket.getSoTimeout();
  }

  @Override
  public void setTcpNoDelay(boolean on) throws SocketException {
    socket.setTcpNoDelay(on);
  }

  @Override
  public boolean getTcpNoDelay() throws SocketException {
    return socket.getTcpNoDelay();
  }

  @Override
  public int getSendBufferSize() throws SocketException {
    return socket.getSendBufferSize();
  }

  @Override
  public int getReceiveBufferSize() throws SocketException {
    return socket.getReceiveBufferSize();
  }

  @Override
  public boolean getKeepAlive() throws SocketException {
    return socket.getKeepAlive();
  }

  @Override
  public boolean isConnected() {
    return socket.isConnected();
  }

  @Override
  public boolean isClosed() {
    return socket.isClosed();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
