package dev.belfry.clients;

import com.launchdarkly.eventsource.EventSource;
import com.launchdarkly.eventsource.MessageEvent;
import com.launchdarkly.eventsource.background.BackgroundEventHandler;
import com.launchdarkly.eventsource.background.BackgroundEventSource;
import java.net.URI;
import java.util.List;

/** LaunchDarkly's okhttp-eventsource. */
final class LaunchDarklyClient implements StreamClient {

  private final BackgroundEventSource source;
  private final Received received = new Received();

  LaunchDarklyClient(URI stream) {
    source =
        new BackgroundEventSource.Builder(new Handler(), new EventSource.Builder(stream)).build();
  }

  @Override
  public void connect() {
    source.start();
  }

  @Override
  public List<String> received() {
    return received.all();
  }

  @Override
  public void close() {
    source.close();
  }

  private final class Handler implements BackgroundEventHandler {

    @Override
    public void onOpen() {}

    @Override
    public void onClosed() {}

    @Override
    public void onMessage(String event, MessageEvent message) {
      received.addFrame(message.getData());
    }

    @Override
    public void onComment(String comment) {}

    @Override
    public void onError(Throwable failure) {
      // It comes back by itself.
    }
  }
}
