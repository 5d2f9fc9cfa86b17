package dev.belfry.bench.stream;

import java.util.Optional;

/**
 * The event that is published, and got back from streams.
 *
 * @param number without gaps
 * @param publishedAt {@link System#nanoTime} just before
 */
record Tick(long number, long publishedAt) {
  private static final String METHOD = "bench/tick";
  private static final String NUMBER = "\"number\":";
  private static final String AT = "\"at\":";

  String json() {
    return "{\"method\":\"%s\",\"params\":{%s%d,%s%d}}"
        .formatted(METHOD, NUMBER, number, AT, publishedAt);
  }

  /** Whether a line of a stream belongs to the frame that comes first. */
  static boolean isPrimer(String line) {
    return line.startsWith("retry:");
  }

  /** Reads a line of a stream; empty if it is another. */
  static Optional<Tick> of(String line) {
    return line.startsWith("data:") && line.contains(METHOD)
        ? Optional.of(new Tick(number(line, NUMBER), number(line, AT)))
        : Optional.empty();
  }

  // A JSON parser for millions of these would measure the parser.
  private static long number(String line, String member) {
    int start = line.indexOf(member) + member.length();
    int end = start;
    while (Character.isDigit(line.charAt(end)) || line.charAt(end) == '-') {
      end++;
    }
    return Long.parseLong(line, start, end, 10);
  }
}
