package dev.belfry.abuse;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Splits what a server sent on one connection into its answers (RFC 9112). */
final class AnswerParser {

  private static final String HEAD_END = "\r\n\r\n";

  private final String wire;
  private int position;

  private AnswerParser(String wire) {
    this.wire = wire;
  }

  /**
   * All answers, the last perhaps not to its end.
   *
   * @param method of the first request
   * @throws IllegalArgumentException if it is no HTTP
   */
  static List<Answer> parse(String method, String wire) {
    AnswerParser parser = new AnswerParser(wire);
    List<Answer> answers = new ArrayList<>();
    String current = method;
    for (Optional<Answer> next = parser.next(current);
        next.isPresent();
        next = parser.next(current)) {
      answers.add(next.get());
      if (next.get().status() >= 200) {
        current = "GET"; // Whatever follows is none that we have asked for.
      }
    }
    return answers;
  }

  private Optional<Answer> next(String method) {
    int headEnd = wire.indexOf(HEAD_END, position);
    if (headEnd < 0) {
      if (position < wire.length() && !start().startsWith("HTTP/")) {
        throw new IllegalArgumentException("no HTTP: " + Latin1.shown(wire.substring(position)));
      }
      return Optional.empty();
    }
    List<String> lines = List.of(wire.substring(position, headEnd).split("\r\n", -1));
    if (!lines.get(0).matches("HTTP/\\d\\.\\d \\d{3}( .*)?")) {
      throw new IllegalArgumentException("no HTTP: " + Latin1.shown(wire.substring(position)));
    }
    position = headEnd + HEAD_END.length();
    int status = Integer.parseInt(lines.get(0).substring(9, 12));
    Answer head = new Answer(status, lines.subList(1, lines.size()), "");
    return Optional.of(new Answer(status, head.headers(), body(method, head)));
  }

  private String start() {
    return wire.substring(position, Math.min(wire.length(), position + "HTTP/".length()));
  }

  private String body(String method, Answer head) {
    if (method.equals("HEAD") || head.status() < 200 || head.status() == 204) {
      return "";
    }
    if (head.header("Transfer-Encoding").isPresent()) {
      return chunks();
    }
    return take(head.header("Content-Length").map(Integer::parseInt).orElse(Integer.MAX_VALUE));
  }

  private String take(int length) {
    int end = (int) Math.min(wire.length(), (long) position + length);
    String taken = wire.substring(position, end);
    position = end;
    return taken;
  }

  private String chunks() {
    StringBuilder body = new StringBuilder();
    while (true) {
      int lineEnd = wire.indexOf("\r\n", position);
      if (lineEnd < 0) {
        position = wire.length();
        return body.toString();
      }
      int length = Integer.parseInt(wire.substring(position, lineEnd).strip(), 16);
      position = lineEnd + 2;
      body.append(take(length));
      take(2);
      if (length == 0) {
        return body.toString();
      }
    }
  }
}
