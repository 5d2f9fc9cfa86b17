import { Client } from "mcp-sdk-1/client/index.js";
import { StreamableHTTPClientTransport } from "mcp-sdk-1/client/streamableHttp.js";
import { LoggingMessageNotificationSchema } from "mcp-sdk-1/types.js";
import { drive, headers, identity, received, url } from "./mcp-client.mjs";

const client = new Client(identity);
client.setNotificationHandler(LoggingMessageNotificationSchema, received);
await drive(
  client,
  new StreamableHTTPClientTransport(url(), { requestInit: { headers } }),
);
