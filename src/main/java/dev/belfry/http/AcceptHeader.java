package dev.belfry.http;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** What a client says it can read. */
final class AcceptHeader {

  private static final String EVENT_STREAM = "text/event-stream";

  /** A weight of zero: not acceptable (RFC 9110, section 12.4.2). */
  private static final Pattern REFUSED = Pattern.compile("(?i)\\s*q\\s*=\\s*0(\\.0*)?\\s*");

  private AcceptHeader() {}

  /** Whether the client asks for an event stream by name. Everything is not an event stream. */
  static boolean namesEventStream(HttpServletRequest request) {
    return Headers.lines(request, "Accept").stream()
        .flatMap(line -> Arrays.stream(line.split(",")))
        .map(range -> List.of(range.split(";")))
        .filter(range -> !range.isEmpty())
        .filter(range -> range.get(0).strip().equalsIgnoreCase(EVENT_STREAM))
        .anyMatch(range -> range.stream().skip(1).noneMatch(REFUSED.asMatchPredicate()));
  }
}
