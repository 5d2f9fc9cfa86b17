package dev.belfry.http;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Reads headers of requests. */
final class Headers {

  private Headers() {}

  /**
   * The value of a header that belongs into a request once; empty if it is not there. Several lines
   * are one value with commas (RFC 9110, section 5.2), which then is valid for nothing: who looks
   * at another line than we do must not see another request.
   */
  static Optional<String> value(HttpServletRequest request, String name) {
    List<String> lines = lines(request, name);
    return lines.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", lines).strip());
  }

  /** All lines of a header. */
  static List<String> lines(HttpServletRequest request, String name) {
    // The specification allows null where a container does not give headers away.
    return Optional.ofNullable(request.getHeaders(name))
        .map(Collections::list)
        .map(List::copyOf)
        .orElse(List.of());
  }
}
