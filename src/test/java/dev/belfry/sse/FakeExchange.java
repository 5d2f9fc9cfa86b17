package dev.belfry.sse;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;

/** A request for a stream and what was answered, without a container. */
final class FakeExchange {

  private final Map<String, String> requestHeaders = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private final Map<String, String> parameters = new ConcurrentHashMap<>();
  private final Map<String, String> responseHeaders = new ConcurrentHashMap<>();
  private final Recorder recorder = new Recorder();
  private final CountDownLatch completed = new CountDownLatch(1);
  private volatile int status = 200;
  private volatile boolean queryUndecodable;

  FakeExchange header(String name, String value) {
    requestHeaders.put(name, value);
    return this;
  }

  FakeExchange parameter(String name, String value) {
    parameters.put(name, value);
    return this;
  }

  FakeExchange undecodableQuery() {
    queryUndecodable = true;
    return this;
  }

  /** From now on the client does not read. */
  FakeExchange stall() {
    recorder.reads.drainPermits();
    return this;
  }

  /** The client reads again. */
  void readOn() {
    recorder.reads.release(Integer.MAX_VALUE / 2);
  }

  int status() {
    return status;
  }

  Optional<String> responseHeader(String name) {
    return Optional.ofNullable(responseHeaders.get(name));
  }

  boolean isComplete() {
    return completed.getCount() == 0;
  }

  String text() {
    return recorder.text();
  }

  /** How often something was written. */
  int writes() {
    return recorder.writes;
  }

  /** What was written, frame by frame, each without its empty line. */
  List<String> frames() {
    String text = text();
    return text.isEmpty() ? List.of() : Arrays.asList(text.split("\n\n"));
  }

  /** The frames' ids; the primer's, too. */
  List<String> ids() {
    return lines("id: ");
  }

  /** The last of them. */
  Optional<String> lastId() {
    return recorder.lastId;
  }

  /** What the frames carry. */
  List<String> data() {
    return lines("data: ");
  }

  private List<String> lines(String begin) {
    return text()
        .lines()
        .filter(line -> line.startsWith(begin))
        .map(line -> line.substring(begin.length()))
        .toList();
  }

  HttpServletRequest request() {
    return fake(
        HttpServletRequest.class,
        (proxy, method, arguments) ->
            switch (method.getName()) {
              case "getHeader" -> requestHeaders.get((String) arguments[0]);
              case "getParameter" -> getParameter((String) arguments[0]);
              case "startAsync" -> context();
              default -> throw new UnsupportedOperationException(method.getName());
            });
  }

  private String getParameter(String name) {
    if (queryUndecodable) {
      throw new IllegalArgumentException("as the test wants it");
    }
    return parameters.get(name);
  }

  HttpServletResponse response() {
    return fake(
        HttpServletResponse.class,
        (proxy, method, arguments) ->
            switch (method.getName()) {
              case "setStatus" -> {
                status = (int) arguments[0];
                yield null;
              }
              case "setHeader" -> responseHeaders.put((String) arguments[0], (String) arguments[1]);
              case "setContentType", "setCharacterEncoding" -> null;
              case "getOutputStream" -> recorder;
              default -> throw new UnsupportedOperationException(method.getName());
            });
  }

  AsyncContext context() {
    return fake(
        AsyncContext.class,
        (proxy, method, arguments) ->
            switch (method.getName()) {
              case "complete" -> {
                completed.countDown();
                yield null;
              }
              case "setTimeout", "addListener" -> null;
              default -> throw new UnsupportedOperationException(method.getName());
            });
  }

  ServletOutputStream output() {
    return recorder;
  }

  private static <T> T fake(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  /** Keeps what is written, and blocks the writer while the client does not read. */
  private static final class Recorder extends ServletOutputStream {

    private final Semaphore reads = new Semaphore(Integer.MAX_VALUE / 2);
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private volatile int writes;
    private volatile Optional<String> lastId = Optional.empty();

    @Override
    public void write(byte[] frame) throws IOException {
      reads.acquireUninterruptibly();
      synchronized (bytes) {
        bytes.write(frame);
        writes++;
      }
      String text = new String(frame, UTF_8);
      int id = text.lastIndexOf("id: ");
      if (id >= 0) {
        lastId = text.substring(id + "id: ".length()).lines().findFirst();
      }
    }

    @Override
    public void write(int single) {
      throw new UnsupportedOperationException("byte by byte would be slow");
    }

    String text() {
      synchronized (bytes) {
        return bytes.toString(UTF_8);
      }
    }

    @Override
    public boolean isReady() {
      throw new UnsupportedOperationException("writing blocks here");
    }

    @Override
    public void setWriteListener(WriteListener listener) {
      throw new UnsupportedOperationException("writing blocks here");
    }
  }
}
