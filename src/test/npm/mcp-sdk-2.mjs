import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { drive, headers, identity, received, url } from "./mcp-client.mjs";

const client = new Client(identity);
client.setNotificationHandler("notifications/message", received);
await drive(
  client,
  new StreamableHTTPClientTransport(url(), { requestInit: { headers } }),
);
