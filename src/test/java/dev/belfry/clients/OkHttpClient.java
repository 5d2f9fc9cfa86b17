package dev.belfry.clients;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.sse.EventSource;
import okhttp3.sse.EventSourceListener;
import okhttp3.sse.EventSources;

/**
 * okhttp-sse. It does not come back by itself: it tells its user that the stream has ended, and the
 * user, here as everywhere, opens another with the last id.
 */
final class OkHttpClient implements StreamClient {

  private static final Duration RETRY = Duration.ofMillis(200);

  private final okhttp3.OkHttpClient client =
      new okhttp3.OkHttpClient.Builder().readTimeout(Duration.ZERO).build();
  private final EventSource.Factory sources = EventSources.createFactory(client);
  private final Request request;
  private final Received received = new Received();

  private volatile String lastId = "";
  private volatile EventSource source;
  private volatile boolean closed;

  OkHttpClient(URI stream) {
    request = new Request.Builder().url(stream.toString()).build();
  }

  @Override
  public void connect() {
    Request.Builder next = request.newBuilder();
    if (!lastId.isEmpty()) {
      next.header("Last-Event-ID", lastId);
    }
    source = sources.newEventSource(next.build(), new Listener());
  }

  private void comeBack() {
    Executor later = CompletableFuture.delayedExecutor(RETRY.toMillis(), TimeUnit.MILLISECONDS);
    later.execute(
        () -> {
          if (!closed) {
            connect();
          }
        });
  }

  @Override
  public List<String> received() {
    return received.all();
  }

  @Override
  public void close() {
    closed = true;
    source.cancel();
    client.dispatcher().executorService().shutdown();
    client.connectionPool().evictAll();
  }

  private final class Listener extends EventSourceListener {

    @Override
    public void onEvent(EventSource stream, String id, String type, String data) {
      lastId = id;
      received.addFrame(data);
    }

    @Override
    public void onClosed(EventSource stream) {
      comeBack();
    }

    @Override
    public void onFailure(EventSource stream, Throwable failure, Response response) {
      comeBack();
    }
  }
}
