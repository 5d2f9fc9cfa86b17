// The protocol's revision 2026-07-28: no session, and a subscription in place of a stream.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { tell } from "./driven.mjs";
import { drive, headers, identity, url } from "./mcp-client.mjs";

const client = new Client(identity, { versionNegotiation: { mode: "auto" } });
client.setNotificationHandler("notifications/tools/list_changed", () =>
  tell({ received: "tools changed" }),
);
await drive(
  client,
  new StreamableHTTPClientTransport(url(), { requestInit: { headers } }),
  {
    version: () => client.getNegotiatedProtocolVersion(),
    listen: async () => {
      const subscription = await client.listen({ toolsListChanged: true });
      subscription.closed.then((how) => tell({ closed: how }));
      return subscription.honoredFilter;
    },
    end: () => client.close(),
  },
);
