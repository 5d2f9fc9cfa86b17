package dev.belfry.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.json.JsonValue;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;

/** The body of a POST, read to its end. Immutable. */
final class RequestBody {

  private static final Logger LOG = System.getLogger(RequestBody.class.getName());

  private final byte[] bytes;

  private RequestBody(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Reads a body, of which there is at most one byte more than is allowed.
   *
   * @throws RefusedException if it is too large, is not all there, or says that it is not UTF-8
   */
  static RequestBody read(HttpServletRequest request, int maxBytes) throws RefusedException {
    if (request.getContentLengthLong() > maxBytes) {
      throw new RefusedException(Refusal.BODY_TOO_LARGE);
    }
    requireUtf8(request.getCharacterEncoding());
    byte[] bytes = readNBytes(request, maxBytes + 1);
    if (bytes.length > maxBytes) {
      throw new RefusedException(Refusal.BODY_TOO_LARGE);
    }
    return new RequestBody(bytes);
  }

  // In another encoding the application could read another message than the filter has checked.
  private static void requireUtf8(String encoding) throws RefusedException {
    if (encoding != null
        && !encoding.equalsIgnoreCase(UTF_8.name())
        && !encoding.equalsIgnoreCase(US_ASCII.name())) {
      throw new RefusedException(Refusal.BODY_NOT_JSON);
    }
  }

  private static byte[] readNBytes(HttpServletRequest request, int count) throws RefusedException {
    try {
      return request.getInputStream().readNBytes(count);
    } catch (IOException failure) {
      // The client has left, was too slow, or sent chunks that are none.
      LOG.log(Level.DEBUG, "A body could not be read to its end", failure);
      throw new RefusedException(Refusal.BODY_INCOMPLETE);
    }
  }

  /** What it is as JSON; empty if it is none. */
  Optional<JsonValue> json() {
    return JsonRpcMessage.parse(bytes);
  }

  ByteArrayInputStream stream() {
    return new ByteArrayInputStream(bytes);
  }
}
