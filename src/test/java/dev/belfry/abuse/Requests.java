package dev.belfry.abuse;

import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * Requests of an MCP client gone mad: the grammar of what clients send, with something wrong in any
 * place. For one thread.
 *
 * @param sessions whose ids are used
 * @param path of the endpoint
 * @param methods that are sent to it
 */
record Requests(Dice dice, LiveSessions sessions, String path, List<String> methods) {

  private static final Set<String> KNOWN =
      Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE");

  /** Requests to an endpoint behind the filter. */
  static Requests toEndpoint(Dice dice, LiveSessions sessions) {
    return new Requests(
        dice,
        sessions,
        "/mcp",
        List.of(
            "POST", "POST", "POST", "POST", "POST", "GET", "GET", "DELETE", "OPTIONS", "HEAD",
            "PUT", "PATCH", "TRACE", "BREW", "post"));
  }

  /** Requests for the public stream. Its servlet's POST is the demo's, and publishes. */
  static Requests toPublicStream(Dice dice, LiveSessions sessions) {
    return new Requests(
        dice, sessions, "/api/events", List.of("GET", "GET", "GET", "HEAD", "OPTIONS", "BREW"));
  }

  /** A client that does nothing wrong, so that there are sessions to attack. */
  FuzzRequest initialize() {
    String body = Messages.INITIALIZE;
    return new FuzzRequest(
        "POST",
        "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n%sContent-Length: %d\r\nConnection: close\r\n\r\n%s"
            .formatted(path, credential("Bearer fuzzer"), body.length(), body),
        dice.marker("unused-"),
        dice.marker("unused-"));
  }

  private static String credential(String value) {
    return "Authorization: " + value + "\r\n";
  }

  FuzzRequest next() {
    String headerMarker = dice.marker("header-");
    String bodyMarker = dice.marker("body-");
    String method = dice.pick(methods);
    String body = "";
    boolean hasBody = !List.of("GET", "HEAD").contains(method);
    if (hasBody || dice.oneIn(10)) {
      body = new JsonMutations(dice, bodyMarker).spoil(new Messages(dice, bodyMarker).any());
    }
    HeaderLines headers = new HeaderLines(dice, sessions, headerMarker);
    // Otherwise few would get as far as to the body.
    boolean flawless = dice.oneIn(3);
    List<String> lines = flawless ? headers.flawless() : headers.about(body);
    Framing framing = flawless ? Framing.honest(body) : Framing.of(dice, body);
    lines.addAll(framing.headers());
    Collections.rotate(lines, dice.below(lines.size() + 1));
    String head = firstLine(method, headerMarker) + "\r\n" + String.join("\r\n", lines);
    return new FuzzRequest(method, head + "\r\n\r\n" + framing.body(), headerMarker, bodyMarker);
  }

  private String firstLine(String method, String marker) {
    String query =
        switch (dice.below(12)) {
          case 0 -> "?lastEventId=" + marker;
          case 1 -> "?lastEventId=%ff%00%0d%0a" + ServerTraces.FORGED_LINE + marker;
          case 2 -> "?x=%0d%0aX-Injected:%20" + marker;
          case 3 -> "?%" + marker;
          case 4 -> "?" + "x".repeat(dice.pick(10, 5_000, 40_000)) + marker;
          case 5 -> "?Mcp-Session-Id=" + sessions.any(dice);
          case 6 -> "?\u00ff\u00fe=" + marker;
          default -> "";
        };
    String version = dice.oneIn(30) ? dice.pick("HTTP/1.0", "HTTP/0.9", "HTTP/9.9") : "HTTP/1.1";
    return method + " " + path + query + " " + version;
  }

  /** How a body's length is told, truly or not. */
  private record Framing(List<String> headers, String body) {

    static Framing honest(String body) {
      return new Framing(List.of("Content-Length: " + body.length()), body);
    }

    static Framing of(Dice dice, String body) {
      String length = "Content-Length: ";
      String chunked = "Transfer-Encoding: chunked";
      String chunks = Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n";
      return switch (dice.below(24)) {
        case 0, 1, 2, 3 -> new Framing(List.of(chunked), body.isEmpty() ? "0\r\n\r\n" : chunks);
        case 4 -> new Framing(List.of(length + (body.length() + 1 + dice.below(99))), body);
        case 5 -> new Framing(List.of(length + dice.below(body.length() + 1)), body);
        case 6 -> new Framing(List.of(length + dice.pick("-1", "x", "", "1e3", "+5")), body);
        case 7 -> new Framing(List.of(length + "9".repeat(dice.pick(9, 18, 30))), body);
        case 8 -> new Framing(List.of(length + body.length(), length + "3"), body);
        case 9 -> new Framing(List.of(length + body.length(), chunked), chunks);
        case 10 -> new Framing(List.of(length + body.length(), chunked), body);
        case 11 -> new Framing(List.of("Transfer-Encoding: gzip, chunked"), chunks);
        case 12 -> new Framing(List.of("Transfer-Encoding: x" + chunked), chunks);
        case 13 ->
            new Framing(List.of(chunked), dice.pick("zz\r\n", "5\r\nab", "-1\r\n", "\r\n") + body);
        case 14 ->
            new Framing(
                List.of(length + 2_000_000),
                body + " ".repeat(2_000_000 - body.length() % 1_000_000));
        default -> honest(body);
      };
    }
  }

  /** Whether every servlet has an answer to a method, if only that it is not allowed. */
  static boolean isKnown(String method) {
    return KNOWN.contains(method);
  }
}
