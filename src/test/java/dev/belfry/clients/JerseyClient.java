package dev.belfry.clients;

import jakarta.ws.rs.client.Client;
import jakarta.ws.rs.client.ClientBuilder;
import jakarta.ws.rs.sse.SseEventSource;
import java.net.URI;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Jersey's {@code SseEventSource}: the standard API of Jakarta REST. */
final class JerseyClient implements StreamClient {

  private final Client client = ClientBuilder.newClient();
  private final SseEventSource source;
  private final Received received = new Received();

  JerseyClient(URI stream) {
    source = SseEventSource.target(client.target(stream)).build();
    source.register(event -> received.addFrame(event.readData()));
  }

  @Override
  public void connect() {
    source.open();
  }

  @Override
  public List<String> received() {
    return received.all();
  }

  @Override
  public void close() {
    source.close(1, TimeUnit.SECONDS);
    client.close();
  }
}
