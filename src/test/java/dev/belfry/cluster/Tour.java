package dev.belfry.cluster;

import java.net.URI;
import java.util.List;
import java.util.stream.Collectors;

/** What to try on a running cluster: shell commands to be pasted as they are. */
final class Tour {
  private static final String TEMPLATE =
      """

      Listen on every replica, each in a terminal of its own:

      %1$s

      Publish on one replica, or in PostgreSQL: it arrives on all. However often it is tried with the
      same key, and wherever, it arrives once.

        curl -i -X POST %2$s/api/events -H 'Content-Type: application/json' -H 'Idempotency-Key: hello-1' \\
          -d '{"method":"demo/hello","params":{"from":"replica 1"}}'
        psql '%4$s' -c "NOTIFY mcp_notifications, '{\\"method\\":\\"demo/psql\\"}'"

      Stop listening, publish more, and go on where you stopped, on any replica, with the last id you saw:

        curl -N -H 'Last-Event-ID: <id>' %3$s/api/events

      Open an MCP session on one replica, and use it on another:

        ID=$(curl -s -D - -o /dev/null -X POST %2$s/mcp -H 'Authorization: Bearer demo' \\
          -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \\
          -d '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"curl","version":"1"}}}' \\
          | tr -d '\\r' | awk 'tolower($1) == "mcp-session-id:" {print $2}'); echo "session $ID"
        call() { curl -s -X POST "$1/mcp" -H 'Authorization: Bearer demo' -H "Mcp-Session-Id: $ID" -H 'MCP-Protocol-Version: 2025-11-25' \\
          -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \\
          -d '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":'"$2"'}'; echo; }
        call %2$s '{"name":"remember","arguments":{"key":"colour","value":"green"}}'
        call %3$s '{"name":"recall","arguments":{"key":"colour"}}'

      Hear of new tools, from another terminal: as a client of the revision of 2026, which needs no session.

        curl -N -X POST %3$s/mcp -H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: subscriptions/listen' \\
          -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \\
          -d '{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}},"notifications":{"toolsListChanged":true}}}'
        call %2$s '{"name":"add_tool","arguments":{"name":"bell","description":"Rings."}}'

      Ctrl-C stops the demo.
      """;

  private Tour() {}

  static String of(Cluster cluster) {
    List<URI> replicas = cluster.replicas().stream().map(replica -> replica.uri("")).toList();
    String streams =
        replicas.stream()
            .map(replica -> "  curl -N " + replica + "/api/events")
            .collect(Collectors.joining("\n"));
    return TEMPLATE.formatted(
        streams,
        replicas.get(0),
        replicas.get(Math.min(1, replicas.size() - 1)),
        cluster.database().address().psqlUrl());
  }
}
