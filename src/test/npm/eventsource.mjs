import { EventSource } from "eventsource";
import { obey, tell } from "./driven.mjs";

let source;
await obey({
  connect: () =>
    new Promise((opened) => {
      source = new EventSource(process.argv[2]);
      source.onopen = opened;
      source.onmessage = ({ data }) => data && tell({ frame: data });
      source.addEventListener("reset", ({ data }) => tell({ reset: data }));
    }).then(() => null),
  end: () => source.close(),
});
