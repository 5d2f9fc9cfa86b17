package dev.belfry.abuse;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The headers of a request, each right, wrong, several times, or not there at all. */
record HeaderLines(Dice dice, LiveSessions sessions, String marker) {

  private static final Pattern METHOD = Pattern.compile("\"method\":\"([ -~&&[^\"\\\\]]{1,100})\"");
  private static final Pattern NAME = Pattern.compile("\"name\":\"([ -~&&[^\"\\\\]]{1,100})\"");

  /**
   * Lines without their ends, but for those of the body's length.
   *
   * @param body what the headers may tell of
   */
  List<String> about(String body) {
    List<String> lines = new ArrayList<>();
    lines.add("Host: " + (dice.oneIn(15) ? spoilt("localhost") : "localhost"));
    lines.add("Connection: " + (dice.oneIn(20) ? spoilt("keep-alive") : "close"));
    add(lines, 2, "Mcp-Session-Id", sessionId());
    add(lines, 1, "Authorization", dice.pick("Bearer fuzzer", "Bearer fuzzer", "Bearer other"));
    add(lines, 8, "X-API-Key", "fuzzer");
    add(
        lines,
        2,
        "MCP-Protocol-Version",
        dice.pick("2025-11-25", "2025-06-18", "2026-07-28", "2026-07-28", "1999-01-01"));
    add(lines, 2, "Mcp-Method", found(METHOD, body));
    add(lines, 3, "Mcp-Name", dice.oneIn(5) ? "=?base64?d2hvYW1p?=" : found(NAME, body));
    add(lines, 6, "Origin", dice.pick("http://localhost", "https://evil.example", "null"));
    add(lines, 1, "Accept", dice.pick("text/event-stream", "application/json, text/event-stream"));
    add(lines, 1, "Content-Type", contentType());
    add(lines, 5, "Last-Event-ID", dice.pick("0123456789abcdef.7", "-1.-1", "x".repeat(9_000)));
    add(lines, 25, "Expect", "100-continue");
    add(lines, 25, "Content-Encoding", dice.pick("gzip", "deflate", "identity"));
    add(lines, 25, "X-Forwarded-For", "{0}");
    return lines;
  }

  /** As a client of either kind of revision sends them that does nothing wrong. */
  List<String> flawless() {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "Host: localhost",
                "Connection: close",
                "Authorization: Bearer fuzzer",
                "Content-Type: application/json",
                "Accept: application/json, text/event-stream"));
    switch (dice.below(3)) {
      case 0 -> lines.add("Mcp-Session-Id: " + sessions.any(dice));
      case 1 -> {
        lines.add("MCP-Protocol-Version: 2026-07-28");
        lines.add("Mcp-Method: " + dice.pick("tools/call", "subscriptions/listen"));
        lines.add("Mcp-Name: whoami");
      }
      default -> {} // As initialize has them.
    }
    return lines;
  }

  private void add(List<String> lines, int oneIn, String name, String value) {
    if (!dice.oneIn(oneIn)) {
      return;
    }
    lines.add(name + ": " + (dice.oneIn(6) ? spoilt(value) : value));
    if (dice.oneIn(25)) {
      lines.add(name + ": " + dice.pick(value, spoilt(value)));
    }
  }

  private String sessionId() {
    String live = sessions.any(dice);
    return switch (dice.below(8)) {
      case 0 -> marker;
      case 1 -> "A".repeat(dice.pick(22, 43, 64));
      case 2 -> live.substring(1);
      case 3 -> "00000000-0000-4000-8000-000000000000";
      default -> live;
    };
  }

  private String contentType() {
    return dice.pick(
        "application/json",
        "application/json",
        "application/json; charset=utf-8",
        "application/json; charset=utf-16",
        "application/json; charset=\"no-such\"",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x");
  }

  private static String found(Pattern pattern, String body) {
    Matcher matcher = pattern.matcher(body);
    return matcher.find() ? matcher.group(1) : "ping";
  }

  private String spoilt(String value) {
    return switch (dice.below(14)) {
      case 0 -> "";
      case 1 -> " \t ";
      case 2 -> value + marker;
      case 3 -> marker + "x".repeat(dice.pick(1_000, 9_000, 40_000));
      case 4 -> value + "\u00ff\u00fe\u00e4";
      case 5 -> value + "\u0000" + marker;
      case 6 -> value + "\u0001\u001b[31m" + marker;
      case 7 -> value + "%0d%0aX-Injected:%20" + marker;
      case 8 -> value + "\rX-Injected: " + marker;
      case 9 -> value + "\n" + ServerTraces.FORGED_LINE + ": " + marker;
      case 10 -> value + "\r\n " + ServerTraces.FORGED_LINE + marker; // A folded line.
      case 11 -> value + "," + value;
      case 12 -> "{0}${replica.name}%s'\"<script>" + marker;
      default -> Latin1.utf8("\u2028\u0085\ud83d\ude00") + marker;
    };
  }
}
