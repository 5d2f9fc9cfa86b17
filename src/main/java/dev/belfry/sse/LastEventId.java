package dev.belfry.sse;

import dev.belfry.event.EventId;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;

/** What the client of a request has seen last. */
final class LastEventId {

  /** HTML standard, section 9.2.4. */
  private static final String HEADER = "Last-Event-ID";

  /** For clients that cannot set headers: a browser's EventSource, the first time. */
  private static final String PARAMETER = "lastEventId";

  private LastEventId() {}

  /**
   * Reads the header, or else the parameter of the query.
   *
   * @return empty if the client is new; {@link EventId#UNKNOWN} if it is not, but its id is none
   */
  static Optional<EventId> of(HttpServletRequest request) {
    return present(request.getHeader(HEADER))
        .or(() -> parameter(request))
        .map(text -> EventId.parse(text).orElse(EventId.UNKNOWN));
  }

  private static Optional<String> parameter(HttpServletRequest request) {
    try {
      return present(request.getParameter(PARAMETER));
    } catch (RuntimeException ignored) {
      // A query that cannot be decoded. The containers' exceptions differ; the client is not new.
      return Optional.of("");
    }
  }

  private static Optional<String> present(String text) {
    return Optional.ofNullable(text).map(String::strip).filter(stripped -> !stripped.isEmpty());
  }
}
