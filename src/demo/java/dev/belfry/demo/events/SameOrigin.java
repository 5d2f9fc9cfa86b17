package dev.belfry.demo.events;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;

/**
 * Keeps pages of other sites from publishing through their visitors' browsers, which send a
 * plain-text POST to any server without asking it first.
 */
final class SameOrigin {

  private SameOrigin() {}

  /** Whether the request comes from a page of this server, or from no page at all. */
  static boolean admits(HttpServletRequest request) {
    // The scheme is left out: behind a proxy that ends TLS this server does not know its own.
    return Optional.ofNullable(request.getHeader("Origin"))
        .map(origin -> origin.replaceFirst("^https?://", ""))
        .map(authority -> authority.equalsIgnoreCase(request.getHeader("Host")))
        .orElse(true);
  }
}
