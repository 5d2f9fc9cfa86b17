package dev.belfry.clients;

import jakarta.json.JsonValue;
import java.net.URI;
import java.util.List;

/** {@code eventsource} for Node.js: a browser's, without the browser. */
final class NodeStreamClient implements StreamClient {

  private final NodeProcess program;
  private final Received received = new Received();

  NodeStreamClient(URI stream) {
    program =
        new NodeProcess(
            "eventsource.mjs",
            stream.toString(),
            seen -> received.addFrame(seen.getString("frame", "")));
  }

  @Override
  public void connect() {
    program.act("connect", JsonValue.NULL);
  }

  @Override
  public List<String> received() {
    return received.all();
  }

  @Override
  public void close() {
    program.act("end", JsonValue.NULL);
    program.close();
  }
}
