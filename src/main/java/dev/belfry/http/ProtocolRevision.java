package dev.belfry.http;

import java.util.Set;

/** The revisions of the MCP specification, by whether they know of sessions in a header. */
enum ProtocolRevision {
  /** Sessions travel in {@code Mcp-Session-Id}. */
  WITH_SESSIONS,
  /** There are no sessions in headers, and no GET stream. */
  WITHOUT_SESSIONS,
  UNSUPPORTED;

  /** The request header; clients before revision 2025-06-18 do not send it. */
  static final String HEADER = "MCP-Protocol-Version";

  private static final Set<String> KNOWN_WITH_SESSIONS =
      Set.of("2025-03-26", "2025-06-18", "2025-11-25");
  private static final Set<String> KNOWN_WITHOUT_SESSIONS = Set.of("2026-07-28");

  /**
   * @param header the header's value; null if there is none
   */
  static ProtocolRevision of(String header) {
    if (header == null || KNOWN_WITH_SESSIONS.contains(header)) {
      return WITH_SESSIONS;
    }
    return KNOWN_WITHOUT_SESSIONS.contains(header) ? WITHOUT_SESSIONS : UNSUPPORTED;
  }
}
