package dev.belfry.http;

import jakarta.json.Json;
import jakarta.json.JsonBuilderFactory;
import jakarta.json.JsonObject;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The revisions of the MCP specification that are served.
 *
 * @param supported oldest first
 */
record ProtocolVersions(List<String> supported) {

  private static final JsonBuilderFactory BUILDERS = Json.createBuilderFactory(Map.of());

  /** The request header; clients before revision 2025-06-18 do not send it. */
  static final String HEADER = "MCP-Protocol-Version";

  /** The first revision without sessions. */
  private static final String STATELESS = "2026-07-28";

  /** What can be repeated without harm. */
  private static final Pattern HARMLESS = Pattern.compile("[A-Za-z0-9.-]{1,32}");

  /** What a request is treated by. */
  enum Era {
    /** Sessions travel in {@code Mcp-Session-Id}. */
    SESSIONS,
    /** There are no sessions and no GET; each request says all of itself. */
    STATELESS,
    UNSUPPORTED
  }

  ProtocolVersions {
    supported = List.copyOf(supported);
  }

  /** By the header. Without one it is a revision that did not have it, if such are served. */
  Era era(HttpServletRequest request) {
    Optional<String> version = Headers.value(request, HEADER);
    if (version.isEmpty()) {
      return hasSessions() ? Era.SESSIONS : Era.STATELESS;
    }
    if (!supported.contains(version.get())) {
      return Era.UNSUPPORTED;
    }
    return version.get().equals(STATELESS) ? Era.STATELESS : Era.SESSIONS;
  }

  private boolean hasSessions() {
    return supported.stream().anyMatch(version -> !version.equals(STATELESS));
  }

  /** What a client is told that asked for a revision that is not served. */
  JsonObject alternatives(String requested) {
    return BUILDERS
        .createObjectBuilder()
        .add("supported", BUILDERS.createArrayBuilder(supported))
        .add("requested", HARMLESS.matcher(requested).matches() ? requested : "unknown")
        .build();
  }
}
