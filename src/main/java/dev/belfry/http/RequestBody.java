package dev.belfry.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.json.JsonValue;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;

/** The body of a POST, read to its end. Immutable. */
final class RequestBody {

  private static final Logger LOG = System.getLogger(RequestBody.class.getName());

  private static final int BUFFER = 8 * 1024;

  private final byte[] bytes;

  private RequestBody(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * How much is read.
   *
   * @param bytes how many at most
   * @param time how long they may take to come
   */
  record Limits(int bytes, Duration time) {}

  /**
   * Reads a body, of which there is at most one byte more than is allowed.
   *
   * @throws RefusedException if it is too large or too slow, is not all there, or says that it is
   *     not UTF-8
   */
  static RequestBody read(HttpServletRequest request, Limits limits) throws RefusedException {
    if (request.getContentLengthLong() > limits.bytes()) {
      throw new RefusedException(Refusal.BODY_TOO_LARGE);
    }
    requireUtf8(request.getCharacterEncoding());
    try {
      return new RequestBody(read(request.getInputStream(), limits));
    } catch (IOException failure) {
      // The client has left, was too slow for the server, or sent chunks that are none.
      LOG.log(Level.DEBUG, "A body could not be read to its end", failure);
      throw new RefusedException(Refusal.BODY_INCOMPLETE);
    }
  }

  // In another encoding the application could read another message than the filter has checked.
  private static void requireUtf8(String encoding) throws RefusedException {
    if (encoding != null
        && !encoding.equalsIgnoreCase(UTF_8.name())
        && !encoding.equalsIgnoreCase(US_ASCII.name())) {
      throw new RefusedException(Refusal.BODY_NOT_JSON);
    }
  }

  // A server bounds how long it waits for the next byte: a client that sends one now and then could
  // hold a thread for days.
  private static byte[] read(InputStream in, Limits limits) throws IOException, RefusedException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    byte[] buffer = new byte[BUFFER];
    long begin = System.nanoTime();
    int read = in.read(buffer, 0, Math.min(BUFFER, limits.bytes() + 1));
    while (read >= 0) {
      body.write(buffer, 0, read);
      if (body.size() > limits.bytes()) {
        throw new RefusedException(Refusal.BODY_TOO_LARGE);
      }
      if (System.nanoTime() - begin > limits.time().toNanos()) {
        throw new RefusedException(Refusal.BODY_TOO_SLOW);
      }
      read = in.read(buffer, 0, Math.min(BUFFER, limits.bytes() + 1 - body.size()));
    }
    return body.toByteArray();
  }

  /** What it is as JSON; empty if it is none. */
  Optional<JsonValue> json() {
    return JsonRpcMessage.parse(bytes);
  }

  ByteArrayInputStream stream() {
    return new ByteArrayInputStream(bytes);
  }
}
