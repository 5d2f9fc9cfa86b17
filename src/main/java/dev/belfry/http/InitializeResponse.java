package dev.belfry.http;

import static java.util.Objects.requireNonNull;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * The response to an {@code initialize} request, held back until it is known whether it succeeded:
 * the session id travels in a header, and headers go out before the body.
 *
 * <p>An application that answers at once is judged by its whole answer. One that flushes, answers
 * at length or asynchronously is judged by its status, its content type and what it has written at
 * that moment, and streams from then on.
 */
final class InitializeResponse extends HttpServletResponseWrapper {

  /** More than any server has to say of itself. */
  private static final int MAX_HELD = 256 * 1024;

  private final Supplier<String> sessionCreator;
  private final ByteArrayOutputStream held = new ByteArrayOutputStream();
  private final ServletOutputStream output = new HeldOutput();
  private PrintWriter writer;
  private boolean streaming;
  private boolean released;

  /**
   * @param sessionCreator creates the session and returns its id; called at most once, on success
   */
  InitializeResponse(HttpServletResponse response, Supplier<String> sessionCreator) {
    super(response);
    this.sessionCreator = requireNonNull(sessionCreator, "sessionCreator");
  }

  /** From the first byte on the response is not held back. */
  void stream() {
    streaming = true;
  }

  /** The application has returned: lets its answer go, unless it goes on asynchronously. */
  void finish() throws IOException {
    if (!streaming) {
      flushWriter();
      release(JsonRpc.isResult(getContentType(), heldText()));
    }
  }

  // It may hold characters that it has not yet encoded.
  private void flushWriter() {
    if (writer != null) {
      writer.flush();
    }
  }

  // What has been written so far must do. The rest is still to come, or there is none: containers
  // flush at the end of a request, too.
  private void releaseEarly() throws IOException {
    release(JsonRpc.mayBecomeResult(getContentType(), heldText()));
  }

  private String heldText() {
    return held.toString(StandardCharsets.UTF_8);
  }

  private void release(boolean successful) throws IOException {
    if (released) {
      return;
    }
    if (successful && getStatus() / 100 == 2 && !isCommitted()) {
      setHeader(SessionFilter.SESSION_ID, sessionCreator.get());
    }
    released = true;
    if (held.size() > 0) {
      held.writeTo(super.getOutputStream());
    }
  }

  @Override
  public ServletOutputStream getOutputStream() {
    return output;
  }

  @Override
  public PrintWriter getWriter() {
    if (writer == null) {
      String encoding = getCharacterEncoding();
      // The default of the servlet specification, ISO 8859-1, is never right for JSON.
      boolean json = String.valueOf(getContentType()).toLowerCase(Locale.ROOT).contains("json");
      Charset charset = json ? StandardCharsets.UTF_8 : Charset.forName(encoding);
      writer = new PrintWriter(new OutputStreamWriter(output, charset));
    }
    return writer;
  }

  @Override
  public void flushBuffer() throws IOException {
    flushWriter();
    releaseEarly();
    super.flushBuffer();
  }

  @Override
  public void resetBuffer() {
    forget();
    super.resetBuffer();
  }

  @Override
  public void reset() {
    forget();
    super.reset();
  }

  private void forget() {
    held.reset();
    writer = null;
  }

  private ServletOutputStream target() throws IOException {
    return super.getOutputStream();
  }

  private final class HeldOutput extends ServletOutputStream {

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (!released && (streaming || held.size() + length > MAX_HELD)) {
        releaseEarly();
      }
      if (released) {
        target().write(bytes, offset, length);
      } else {
        held.write(bytes, offset, length);
      }
    }

    @Override
    public void flush() throws IOException {
      // A flush of what is held says nothing yet: applications flush what they have finished.
      if (released) {
        target().flush();
      }
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setWriteListener(WriteListener listener) {
      try {
        releaseEarly();
        target().setWriteListener(listener);
      } catch (IOException failure) {
        listener.onError(failure);
      }
    }
  }
}
