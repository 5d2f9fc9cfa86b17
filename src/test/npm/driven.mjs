// Has a client do what the test says, line by line, and tells the test what it sees.
import { createInterface } from "node:readline";

/** Tells the test something: one line of JSON. */
export function tell(what) {
  process.stdout.write(JSON.stringify(what) + "\n");
}

/**
 * Obeys until there are no more commands.
 *
 * @param actions by their names; what they give or throw is told
 */
export async function obey(actions) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, action, argument } = JSON.parse(line);
    try {
      tell({ id, answer: (await actions[action](argument)) ?? null });
    } catch (failure) {
      tell({ id, failure: String(failure) });
    }
  }
  process.exit(0);
}
