package dev.belfry.abuse;

/**
 * One request, ready to be sent.
 *
 * @param method as in its first line
 * @param wire all of it, each character one byte
 * @param headerMarker text of headers and query that must not come back
 * @param bodyMarker text of the body that must not come back in a header
 */
record FuzzRequest(String method, String wire, String headerMarker, String bodyMarker) {

  @Override
  public String toString() {
    return Latin1.shown(wire);
  }
}
