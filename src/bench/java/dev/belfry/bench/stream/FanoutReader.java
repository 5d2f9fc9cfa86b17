package dev.belfry.bench.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;

/**
 * Finds the marks in an answer, in chunks or not, as cheaply as can be: a million a second. Counts
 * them for an audience. For one thread.
 */
final class FanoutReader implements StreamReader {
  private static final byte[] HEADERS_END = "\r\n\r\n".getBytes(US_ASCII);
  private static final int NO_DIGITS = -1;

  private final FanoutAudience audience;
  private final ByteArrayOutputStream headers = new ByteArrayOutputStream(512);
  private final long[] expected;
  private boolean inBody;
  private boolean chunked;

  /** Of the chunk; less than nothing in the line before one. */
  private int rest;

  private int size;
  private int digits = NO_DIGITS;
  private long publisher;
  private long number;
  private long sentAt;

  /**
   * @param expected of each publisher the number of his next event; changed
   */
  FanoutReader(FanoutAudience audience, long[] expected) {
    this.audience = audience;
    this.expected = expected;
  }

  @Override
  public boolean take(byte[] bytes, int count) throws IOException {
    int from = inBody ? 0 : takeHeaders(bytes, count);
    if (!inBody) {
      return true;
    }
    if (!chunked) {
      scan(bytes, from, count);
      return true;
    }
    while (from < count) {
      if (rest > 0) {
        int to = Math.min(count, from + rest);
        scan(bytes, from, to);
        rest -= to - from;
        from = to;
      } else {
        takeChunkLine(bytes[from++]);
      }
    }
    return true;
  }

  // Few bytes, once: not worth being quick about.
  private int takeHeaders(byte[] bytes, int count) throws IOException {
    for (int at = 0; at < count; at++) {
      headers.write(bytes[at]);
      if (bytes[at] == '\n' && endsHeaders()) {
        String all = headers.toString(US_ASCII);
        if (!all.startsWith("HTTP/1.1 200")) {
          throw new IOException("answered with " + all.lines().findFirst().orElse(""));
        }
        chunked = all.toLowerCase(Locale.ROOT).contains("transfer-encoding: chunked");
        inBody = true;
        audience.arrived();
        return at + 1;
      }
    }
    return count;
  }

  private boolean endsHeaders() {
    byte[] all = headers.toByteArray();
    int from = all.length - HEADERS_END.length;
    return from >= 0 && Arrays.equals(all, from, all.length, HEADERS_END, 0, HEADERS_END.length);
  }

  // The line ends of a chunk and of the size of the next one (RFC 9112, section 7.1).
  private void takeChunkLine(byte next) throws IOException {
    if (next == '\n') {
      rest = size;
      size = 0;
    } else if (next != '\r') {
      int digit = Character.digit(next, 16);
      if (digit < 0) {
        throw new IOException("a chunk of an unknown size");
      }
      size = size * 16 + digit;
    }
  }

  private void scan(byte[] bytes, int from, int to) {
    for (int at = from; at < to; at++) {
      byte next = bytes[at];
      if (digits >= 0) {
        takeDigit(next - '0');
      } else if (next == FanoutEvent.BEGIN) {
        digits = 0;
        publisher = 0;
        number = 0;
        sentAt = 0;
      }
    }
  }

  private void takeDigit(int digit) {
    if (digits < FanoutEvent.PUBLISHER_DIGITS) {
      publisher = publisher * 10 + digit;
    } else if (digits < FanoutEvent.PUBLISHER_DIGITS + FanoutEvent.NUMBER_DIGITS) {
      number = number * 10 + digit;
    } else {
      sentAt = sentAt * 10 + digit;
    }
    if (++digits == FanoutEvent.DIGITS) {
      digits = NO_DIGITS;
      boolean inOrder = expected[(int) publisher] == number;
      expected[(int) publisher] = number + 1;
      audience.heard(sentAt, inOrder);
    }
  }

  @Override
  public void lost(String reason) {
    audience.left(reason);
  }
}
