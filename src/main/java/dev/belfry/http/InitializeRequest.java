package dev.belfry.http;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** An {@code initialize} request whose body the filter has read and the application reads again. */
final class InitializeRequest extends HttpServletRequestWrapper {

  private final byte[] body;
  private final InitializeResponse response;

  InitializeRequest(HttpServletRequest request, byte[] body, InitializeResponse response) {
    super(request);
    this.body = body.clone();
    this.response = response;
  }

  @Override
  public ServletInputStream getInputStream() {
    return new BodyStream(new ByteArrayInputStream(body));
  }

  @Override
  public BufferedReader getReader() {
    Charset charset =
        getCharacterEncoding() == null
            ? StandardCharsets.UTF_8
            : Charset.forName(getCharacterEncoding());
    return new BufferedReader(new InputStreamReader(getInputStream(), charset));
  }

  @Override
  public AsyncContext startAsync() {
    response.stream();
    // Without arguments the application would get the responses beneath: see ServletRequest.
    return super.startAsync(this, response);
  }

  @Override
  public AsyncContext startAsync(ServletRequest asyncRequest, ServletResponse asyncResponse) {
    response.stream();
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
