package dev.belfry.http;

import static java.nio.charset.StandardCharsets.UTF_8;
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
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The response to an {@code initialize} request, held back until it is known whether it succeeded:
 * the session id travels in a header, and headers go out before the body.
 *
 * <p>An application that answers at once is judged by its whole answer. One that flushes, answers
 * at length or asynchronously is judged by its status, its content type and what it has written at
 * that moment, and streams from then on.
 *
 * <p>If it succeeded but no session can be had, the answer is a refusal, and what the application
 * writes goes nowhere.
 */
final class InitializeResponse extends HttpServletResponseWrapper {

  /** More than any server has to say of itself. */
  private static final int MAX_HELD = 256 * 1024;

  private final SessionCreator sessionCreator;
  private final ByteArrayOutputStream held = new ByteArrayOutputStream();
  private final HeldOutput output = new HeldOutput();
  private PrintWriter writer;
  private boolean streaming;

  /** Where the answer goes from now on; empty while it is held back. */
  private Optional<ServletOutputStream> target = Optional.empty();

  /** Creates sessions. */
  @FunctionalInterface
  interface SessionCreator {
    /**
     * Creates a session and returns its id.
     *
     * @param protocolVersion what the application has chosen; empty if it is not known yet
     */
    String create(Optional<String> protocolVersion) throws RefusedException;
  }

  /**
   * @param sessionCreator called at most once, on success
   */
  InitializeResponse(HttpServletResponse response, SessionCreator sessionCreator) {
    super(response);
    this.sessionCreator = requireNonNull(sessionCreator, "sessionCreator");
  }

  /** From the first bytes on the response is not held back. */
  void stream() {
    streaming = true;
  }

  /** The application has returned: lets its answer go, unless it goes on asynchronously. */
  void finish() throws IOException {
    if (!streaming) {
      flushWriter();
      release(InitializeAnswer::isResult);
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
    release(InitializeAnswer::mayBecomeResult);
  }

  private void release(Predicate<InitializeAnswer> succeeded) throws IOException {
    if (target.isPresent()) {
      return;
    }
    InitializeAnswer answer =
        new InitializeAnswer(Optional.ofNullable(getContentType()), held.toString(UTF_8));
    if (getStatus() / 100 == 2 && !isCommitted() && succeeded.test(answer)) {
      try {
        setHeader(SessionFilter.SESSION_ID, sessionCreator.create(answer.protocolVersion()));
      } catch (RefusedException refused) {
        refuse(refused);
        return;
      }
    }
    letGo(super.getOutputStream());
  }

  private void letGo(ServletOutputStream released) throws IOException {
    target = Optional.of(released);
    held.writeTo(released);
    held.reset();
  }

  private void refuse(RefusedException refused) throws IOException {
    held.reset();
    super.reset();
    HttpServletResponse response = (HttpServletResponse) getResponse();
    refused.write(response);
    // Committed, so that the application changes nothing of it any more.
    response.flushBuffer();
    target = Optional.of(new LostOutput());
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
      Charset charset = json ? UTF_8 : Charset.forName(encoding);
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

  private final class HeldOutput extends ServletOutputStream {

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (target.isPresent()) {
        target.get().write(bytes, offset, length);
        return;
      }
      held.write(bytes, offset, length);
      if (streaming || held.size() > MAX_HELD) {
        releaseEarly();
      }
    }

    @Override
    public void flush() throws IOException {
      // A flush of what is held says nothing yet: applications flush what they have finished.
      if (target.isPresent()) {
        target.get().flush();
      }
    }

    @Override
    public boolean isReady() {
      return target.map(ServletOutputStream::isReady).orElse(true);
    }

    @Override
    public void setWriteListener(WriteListener listener) {
      try {
        releaseEarly();
        target.orElseThrow().setWriteListener(listener);
      } catch (IOException failure) {
        listener.onError(failure);
      }
    }
  }

  /** For an application that goes on answering what has been answered. */
  private static final class LostOutput extends ServletOutputStream {

    @Override
    public void write(int value) {
      // Lost, as the class says.
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setWriteListener(WriteListener listener) {
      try {
        listener.onWritePossible();
      } catch (IOException failure) {
        listener.onError(failure);
      }
    }
  }
}
