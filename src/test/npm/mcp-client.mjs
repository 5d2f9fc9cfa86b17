// What both generations of the TypeScript SDK have in common.
import { obey, tell } from "./driven.mjs";

const text = (result) => result.content[0].text;

/**
 * @param client not connected yet
 * @param transport to connect it with
 * @param more further actions
 */
export function drive(client, transport, more = {}) {
  return obey({
    connect: () => client.connect(transport),
    session: () => transport.sessionId,
    call: async ({ tool, args }) =>
      text(await client.callTool({ name: tool, arguments: args })),
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    end: async () => {
      await transport.terminateSession();
      await client.close();
    },
    ...more,
  });
}

export const url = () => new URL(process.argv[2]);
export const headers = { Authorization: "Bearer node-client" };
export const identity = { name: "node-client", version: "1" };
export const received = (notification) => tell({ received: notification.params.data });
