package dev.belfry.http;

import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;

/**
 * Which web pages may talk to this server. Without this check any page that a user opens could use
 * the user's network position: a browser sends a simple POST without asking first. It believes the
 * {@code Host} header, and so does not help against DNS rebinding.
 *
 * @param allowed origins let in besides the server's own
 */
record Origins(Set<String> allowed) {

  /**
   * Whether a request comes from no browser, from a page of this server, or from an allowed one.
   */
  boolean admits(HttpServletRequest request) {
    String origin = request.getHeader("Origin");
    return origin == null || allowed.contains(origin) || isOwn(origin, request.getHeader("Host"));
  }

  // The scheme is left out: behind a proxy that ends TLS this server does not know its own.
  private static boolean isOwn(String origin, String host) {
    try {
      String authority = new URI(origin).getRawAuthority();
      return authority != null
          && host != null
          && withoutDefaultPort(authority).equals(withoutDefaultPort(host));
    } catch (URISyntaxException ignored) {
      return false; // No origin at all: not ours.
    }
  }

  private static String withoutDefaultPort(String authority) {
    return authority.toLowerCase(Locale.ROOT).replaceFirst(":(80|443)$", "");
  }
}
