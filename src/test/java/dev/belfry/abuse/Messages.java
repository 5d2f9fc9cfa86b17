package dev.belfry.abuse;

/** JSON-RPC messages as clients send them, to be spoilt. */
record Messages(Dice dice, String marker) {

  static final String INITIALIZE =
      """
      {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",\
      "capabilities":{"roots":{"listChanged":true}},"clientInfo":{"name":"fuzzer","version":"1"}}}""";

  private static final String META =
      """
      "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",\
      "io.modelcontextprotocol/clientInfo":{"name":"fuzzer","version":"1"},\
      "io.modelcontextprotocol/clientCapabilities":{}}""";

  String any() {
    return switch (dice.below(13)) {
      case 0, 1, 2 -> INITIALIZE;
      case 3 -> request("tools/list", "");
      case 4 -> request("tools/call", "\"name\":\"whoami\",\"arguments\":{}");
      case 5 ->
          request(
              "tools/call", "\"name\":\"remember\",\"arguments\":{\"key\":\"k\",\"value\":\"v\"}");
      case 6 -> request(marker, "\"cursor\":\"" + marker + "\"");
      case 7 ->
          dice.pick(
              "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}",
              "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":-1,\"message\":\"m\"}}",
              "\"text\"",
              "[]",
              "");
      case 8 -> listen();
      case 12 -> "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}";
      case 9 -> request("server/discover", META);
      case 10 -> request("tools/call", "\"name\":\"whoami\",\"arguments\":{}," + META);
      default -> request(dice.pick("ping", "logging/setLevel", "resources/read"), META);
    };
  }

  private String listen() {
    return request(
        "subscriptions/listen",
        "\"notifications\":{\"toolsListChanged\":true,\"resourceSubscriptions\":[\"file:///"
            + marker
            + "\"]},"
            + META);
  }

  private String request(String method, String params) {
    return "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"%s\",\"params\":{%s}}"
        .formatted(dice.pick("1", "\"a\"", "\"" + marker + "\""), method, params);
  }
}
