package dev.belfry.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.security.Principal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A request and what was answered, without a container. */
final class FakeExchange {

  private final String method;
  private final Map<String, List<String>> requestHeaders =
      new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private final Map<String, String> responseHeaders = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private final Output output = new Output();
  private InputStream body = new ByteArrayInputStream(new byte[0]);
  private Optional<Principal> principal = Optional.empty();
  private Optional<String> requestEncoding = Optional.empty();
  private long contentLength = -1;
  private String localAddress = "192.0.2.7";
  private String serverName = "192.0.2.7";
  private int bytesRead;
  private int status = 200;
  private Optional<String> contentType = Optional.empty();
  private boolean committed;
  private Optional<ServletRequest> asyncRequest = Optional.empty();
  private Optional<ServletResponse> asyncResponse = Optional.empty();

  FakeExchange(String method) {
    this.method = method;
    header("Host", "belfry.example");
  }

  static FakeExchange post(String body) {
    return new FakeExchange("POST").body(body.getBytes(UTF_8));
  }

  /** Adds a line. */
  FakeExchange header(String name, String value) {
    requestHeaders.computeIfAbsent(name, any -> new ArrayList<>()).add(value);
    return this;
  }

  FakeExchange withoutHeader(String name) {
    requestHeaders.remove(name);
    return this;
  }

  FakeExchange body(byte[] bytes) {
    return body(new ByteArrayInputStream(bytes));
  }

  FakeExchange body(InputStream stream) {
    body = stream;
    return this;
  }

  FakeExchange contentLength(long length) {
    contentLength = length;
    return this;
  }

  FakeExchange encoding(String encoding) {
    requestEncoding = Optional.of(encoding);
    return this;
  }

  FakeExchange principal(Principal authenticated) {
    principal = Optional.of(authenticated);
    return this;
  }

  /** Where the request was sent to, at port 443, if it has no header that says so. */
  FakeExchange serverName(String name) {
    serverName = name;
    return withoutHeader("Host");
  }

  /** The address at which the request came in. */
  FakeExchange localAddress(String address) {
    localAddress = address;
    return this;
  }

  int status() {
    return status;
  }

  Optional<String> responseHeader(String name) {
    return Optional.ofNullable(responseHeaders.get(name));
  }

  String text() {
    return output.bytes.toString(UTF_8);
  }

  JsonObject json() {
    return Json.createReader(new StringReader(text())).readObject();
  }

  int errorCode() {
    return json().getJsonObject("error").getInt("code");
  }

  /** How much of the body was read. */
  int bytesRead() {
    return bytesRead;
  }

  boolean isCommitted() {
    return committed;
  }

  /** What asynchronous processing was begun with. */
  HttpServletRequest asyncRequest() {
    return (HttpServletRequest) asyncRequest.orElseThrow();
  }

  /** See {@link #asyncRequest}. */
  HttpServletResponse asyncResponse() {
    return (HttpServletResponse) asyncResponse.orElseThrow();
  }

  HttpServletRequest request() {
    return fake(
        HttpServletRequest.class,
        (proxy, called, arguments) ->
            switch (called.getName()) {
              case "getMethod" -> method;
              case "getHeader" -> lines((String) arguments[0]).stream().findFirst().orElse(null);
              case "getHeaders" -> Collections.enumeration(lines((String) arguments[0]));
              case "getUserPrincipal" -> principal.orElse(null);
              case "getCharacterEncoding" -> requestEncoding.orElse(null);
              case "getContentLengthLong" -> contentLength;
              case "getLocalAddr" -> localAddress;
              case "getServerName" -> serverName;
              case "getServerPort" -> 443;
              case "getInputStream" -> new Input();
              case "startAsync" -> {
                asyncRequest = Optional.of((ServletRequest) arguments[0]);
                asyncResponse = Optional.of((ServletResponse) arguments[1]);
                yield fake(AsyncContext.class, FakeExchange::unexpected);
              }
              default -> unexpected(proxy, called, arguments);
            });
  }

  private List<String> lines(String name) {
    return requestHeaders.getOrDefault(name, List.of());
  }

  HttpServletResponse response() {
    return fake(
        HttpServletResponse.class,
        (proxy, called, arguments) ->
            switch (called.getName()) {
              case "setStatus" -> {
                status = (int) arguments[0];
                yield null;
              }
              case "getStatus" -> status;
              case "setHeader" -> responseHeaders.put((String) arguments[0], (String) arguments[1]);
              case "setContentType" -> {
                contentType = Optional.of((String) arguments[0]);
                yield null;
              }
              case "getContentType" -> contentType.orElse(null);
              case "getCharacterEncoding" -> ISO_8859_1.name();
              case "setContentLength" -> null;
              case "getOutputStream" -> output;
              case "isCommitted" -> committed;
              case "flushBuffer" -> {
                committed = true;
                yield null;
              }
              case "reset" -> {
                reset();
                yield null;
              }
              default -> unexpected(proxy, called, arguments);
            });
  }

  private void reset() {
    if (committed) {
      throw new IllegalStateException("committed");
    }
    status = 200;
    contentType = Optional.empty();
    responseHeaders.clear();
    output.bytes.reset();
  }

  private static Object unexpected(
      Object proxy, java.lang.reflect.Method called, Object... arguments) {
    throw new UnsupportedOperationException(called.getName());
  }

  private static <T> T fake(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  /** The body, from one stream however often it is asked for. */
  private final class Input extends ServletInputStream {
    @Override
    public int read() throws IOException {
      int value = body.read();
      bytesRead += value < 0 ? 0 : 1;
      return value;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int count = body.read(buffer, offset, length);
      bytesRead += Math.max(count, 0);
      return count;
    }

    @Override
    public boolean isFinished() {
      throw new UnsupportedOperationException("reading blocks here");
    }

    @Override
    public boolean isReady() {
      throw new UnsupportedOperationException("reading blocks here");
    }

    @Override
    public void setReadListener(ReadListener listener) {
      throw new UnsupportedOperationException("reading blocks here");
    }
  }

  /** What was written; the first flush commits. */
  private final class Output extends ServletOutputStream {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Override
    public void write(int value) {
      bytes.write(value);
    }

    @Override
    public void flush() {
      committed = true;
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setWriteListener(WriteListener listener) {
      throw new UnsupportedOperationException("writing blocks here");
    }
  }
}
