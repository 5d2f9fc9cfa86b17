package dev.belfry.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;

/**
 * A request whose body the filter has read and the application reads again, as a stream, a reader
 * or by a listener. Not as a form's parameters or parts: those the container reads itself.
 */
final class BufferedRequest extends HttpServletRequestWrapper {

  private final HttpServletResponse response;
  private final Runnable onAsync;
  private final ServletInputStream input;
  private final BufferedReader reader;

  /**
   * @param response the response that the application is given with it
   * @param onAsync told when the application begins to answer asynchronously
   */
  BufferedRequest(
      HttpServletRequest request,
      RequestBody body,
      HttpServletResponse response,
      Runnable onAsync) {
    super(request);
    this.response = response;
    this.onAsync = onAsync;
    this.input = new BodyStream(body.stream());
    this.reader = new BufferedReader(new InputStreamReader(input, UTF_8));
  }

  @Override
  public ServletInputStream getInputStream() {
    return input;
  }

  @Override
  public BufferedReader getReader() {
    return reader;
  }

  @Override
  public AsyncContext startAsync() {
    // Without arguments the application would get the request and the response beneath.
    return startAsync(this, response);
  }

  @Override
  public AsyncContext startAsync(ServletRequest asyncRequest, ServletResponse asyncResponse) {
    onAsync.run();
    return super.startAsync(asyncRequest, asyncResponse);
  }

  private static final class BodyStream extends ServletInputStream {
    private final ByteArrayInputStream bytes;

    BodyStream(ByteArrayInputStream bytes) {
      this.bytes = bytes;
    }

    @Override
    public int read() {
      return bytes.read();
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
      return bytes.read(buffer, offset, length);
    }

    @Override
    public int available() {
      return bytes.available();
    }

    @Override
    public boolean isFinished() {
      return bytes.available() == 0;
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setReadListener(ReadListener listener) {
      // All is there already: tell so once, on this thread.
      try {
        listener.onDataAvailable();
        listener.onAllDataRead();
      } catch (IOException failure) {
        listener.onError(failure);
      }
    }
  }
}
