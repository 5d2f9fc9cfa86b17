package dev.belfry.http;

import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which web pages may talk to this server, and by which names. Without these checks any page that a
 * user opens could use the user's network position: a browser sends a simple POST without asking
 * first, and to whatever address the page's own name leads (DNS rebinding).
 *
 * @param allowedOrigins origins let in besides the server's own
 * @param allowedHosts names of the server, with a port or without; empty for any
 */
record Origins(Set<String> allowedOrigins, Set<String> allowedHosts) {

  private static final Pattern PORT = Pattern.compile(":\\d+$");

  /** What never leads anywhere but to the browser's own machine. */
  private static final Pattern LOOPBACK_NAME =
      Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[::1]");

  Origins {
    allowedOrigins = Set.copyOf(allowedOrigins);
    allowedHosts = Set.copyOf(allowedHosts);
  }

  /**
   * Does nothing if a request comes from no browser, from a page of this server, or from an allowed
   * one.
   */
  void require(HttpServletRequest request) throws RefusedException {
    String host = host(request).toLowerCase(Locale.ROOT);
    if (!allowedHosts.isEmpty() && !isAllowedHost(host)) {
      throw new RefusedException(Refusal.HOST_FORBIDDEN);
    }
    Optional<String> origin = Headers.value(request, "Origin");
    if (origin.isPresent()
        && !allowedOrigins.contains(origin.get())
        && !isOwn(origin.get(), host, request)) {
      throw new RefusedException(Refusal.ORIGIN_FORBIDDEN);
    }
  }

  // HTTP/2 has no such header, and not every container makes one of what it has instead.
  private static String host(HttpServletRequest request) {
    return Headers.value(request, "Host")
        .orElseGet(() -> bracketed(request.getServerName()) + ":" + request.getServerPort());
  }

  private static String bracketed(String name) {
    return name.contains(":") && !name.startsWith("[") ? "[" + name + "]" : name;
  }

  private boolean isAllowedHost(String host) {
    return allowedHosts.contains(host) || allowedHosts.contains(withoutPort(host));
  }

  private boolean isOwn(String origin, String host, HttpServletRequest request) {
    return isSameHost(origin, host)
        && (!allowedHosts.isEmpty()
            || LOOPBACK_NAME.matcher(withoutPort(host)).matches()
            || !isLoopback(request.getLocalAddr()));
  }

  // The scheme is left out: behind a proxy that ends TLS this server does not know its own.
  private static boolean isSameHost(String origin, String host) {
    try {
      URI uri = new URI(origin);
      if (uri.getScheme() == null || uri.getRawAuthority() == null) {
        return false;
      }
      String own = uri.getRawAuthority().toLowerCase(Locale.ROOT);
      String defaultPort = uri.getScheme().equalsIgnoreCase("https") ? ":443" : ":80";
      return host.equals(own) || host.equals(own + defaultPort);
    } catch (URISyntaxException ignored) {
      return false; // No origin at all: not ours.
    }
  }

  private static String withoutPort(String host) {
    return PORT.matcher(host).replaceFirst("");
  }

  // Who has come by way of this machine alone was sent here by a name that leads to it. A page
  // whose name does so may be anybody's.
  private static boolean isLoopback(String address) {
    try {
      return InetAddress.getByName(address).isLoopbackAddress();
    } catch (UnknownHostException ignored) {
      return false; // Containers give addresses, not names: this is none.
    }
  }
}
