package dev.belfry.bench.stream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Takes the lines of text out of an answer in chunks (RFC 9112, section 7.1) as its bytes come in.
 * For one thread.
 */
final class ResponseLines {
  private enum Place {
    STATUS,
    HEADERS,
    CHUNK_SIZE,
    CHUNK,
    CHUNK_END,
    OVER
  }

  private final Consumer<String> text;

  /** Two, because a line of the text may go on in the next chunk. */
  private final ByteArrayOutputStream control = new ByteArrayOutputStream(64);

  private final ByteArrayOutputStream line = new ByteArrayOutputStream(160);

  private Place place = Place.STATUS;
  private int rest;

  /**
   * @param text given each line, without its end
   */
  ResponseLines(Consumer<String> text) {
    this.text = text;
  }

  /** Whether the answer has come to its end. */
  boolean isOver() {
    return place == Place.OVER;
  }

  /**
   * Takes the first bytes of an array, so many.
   *
   * @throws IOException if the answer is not 200, or not in chunks
   */
  void take(byte[] bytes, int count) throws IOException {
    int taken = 0;
    while (taken < count && !isOver()) {
      taken =
          place == Place.CHUNK
              ? takeText(bytes, taken, Math.min(count, taken + rest))
              : takeControl(bytes, taken, count);
    }
  }

  // Millions of lines: whole ones are not copied before they are text.
  private int takeText(byte[] bytes, int from, int to) {
    int start = from;
    for (int end = indexOfLineFeed(bytes, start, to);
        end >= 0;
        end = indexOfLineFeed(bytes, start, to)) {
      text.accept(ended(line, bytes, start, end));
      start = end + 1;
    }
    line.write(bytes, start, to - start);
    rest -= to - from;
    if (rest == 0) {
      place = Place.CHUNK_END;
    }
    return to;
  }

  private int takeControl(byte[] bytes, int from, int to) throws IOException {
    int end = indexOfLineFeed(bytes, from, to);
    if (end < 0) {
      control.write(bytes, from, to - from);
      return to;
    }
    endControl(ended(control, bytes, from, end).strip());
    return end + 1;
  }

  private static int indexOfLineFeed(byte[] bytes, int from, int to) {
    for (int at = from; at < to; at++) {
      if (bytes[at] == '\n') {
        return at;
      }
    }
    return -1;
  }

  private static String ended(ByteArrayOutputStream begun, byte[] bytes, int from, int to) {
    if (begun.size() == 0) {
      return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }
    begun.write(bytes, from, to - from);
    String whole = begun.toString(StandardCharsets.UTF_8);
    begun.reset();
    return whole;
  }

  private void endControl(String ended) throws IOException {
    switch (place) {
      case STATUS -> {
        if (!ended.startsWith("HTTP/1.1 200")) {
          throw new IOException("answered with " + ended);
        }
        place = Place.HEADERS;
      }
      case HEADERS -> place = ended.isEmpty() ? Place.CHUNK_SIZE : Place.HEADERS;
      case CHUNK_SIZE -> startChunk(ended);
      case CHUNK_END -> place = Place.CHUNK_SIZE;
      case CHUNK, OVER -> throw new IllegalStateException(place.toString());
    }
  }

  private void startChunk(String size) throws IOException {
    try {
      rest = Integer.parseInt(size, 16);
    } catch (NumberFormatException e) {
      throw new IOException("a chunk of size " + size, e);
    }
    place = rest == 0 ? Place.OVER : Place.CHUNK;
  }
}
