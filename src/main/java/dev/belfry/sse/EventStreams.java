package dev.belfry.sse;

import dev.belfry.config.BelfrySettings;
import dev.belfry.event.ServerEvent;
import dev.belfry.http.SessionStreams;
import dev.belfry.session.Session;
import dev.belfry.session.SessionStore;
import dev.belfry.session.SessionStoreException;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** All streams of this replica. Thread-safe. */
@ApplicationScoped
public class EventStreams implements SessionStreams {

  private static final Logger LOG = System.getLogger(EventStreams.class.getName());

  private static final Duration CLOSE_WAIT = Duration.ofSeconds(3);

  @Resource private ManagedExecutorService executor;
  @Resource private ManagedScheduledExecutorService scheduler;
  @Inject private SessionStore store;
  @Inject private BelfrySettings settings;

  private final Set<EventStream> streams = ConcurrentHashMap.newKeySet();
  private final Map<String, EventStream> bySession = new ConcurrentHashMap<>();
  private ScheduledFuture<?> heartbeat;
  private volatile boolean closed;

  @PostConstruct
  void start() {
    long interval = settings.stream().heartbeat().toMillis();
    heartbeat =
        scheduler.scheduleAtFixedRate(this::beat, interval, interval, TimeUnit.MILLISECONDS);
  }

  /**
   * Answers a request with a stream that belongs to no session: it gets every event. The servlet,
   * and every filter before it, must support asynchronous processing.
   */
  public void openPublic(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (refuseIfClosed(response)) {
      return;
    }
    add(stream(request, response, this::remove));
  }

  @Override
  public void open(Session session, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (refuseIfClosed(response)) {
      return;
    }
    EventStream stream =
        stream(
            request,
            response,
            ended -> {
              bySession.remove(session.id(), ended);
              remove(ended);
            });
    EventStream older = bySession.put(session.id(), stream);
    if (older != null) {
      older.end();
    }
    add(stream);
  }

  @Override
  public void end(String sessionId) {
    EventStream stream = bySession.get(sessionId);
    if (stream != null) {
      stream.end();
    }
  }

  /** How many streams this replica has. */
  public int count() {
    return streams.size();
  }

  void onEvent(@Observes ServerEvent event) {
    if (!streams.isEmpty()) {
      byte[] frame = Frames.event(event);
      streams.forEach(stream -> stream.send(frame));
    }
  }

  private boolean refuseIfClosed(HttpServletResponse response) {
    if (closed) {
      response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
      response.setHeader("Retry-After", "2");
    }
    return closed;
  }

  private EventStream stream(
      HttpServletRequest request, HttpServletResponse response, Consumer<EventStream> onEnd)
      throws IOException {
    response.setContentType("text/event-stream");
    response.setCharacterEncoding("UTF-8");
    response.setHeader("Cache-Control", "no-cache, no-transform");
    response.setHeader("X-Accel-Buffering", "no"); // nginx would collect the frames otherwise.
    ServletOutputStream output = response.getOutputStream();
    // Open Liberty's first flush of a response commits it and sends nothing: the second one does.
    response.flushBuffer();
    output.write(Frames.primer(settings.stream().retry()));
    output.flush();
    AsyncContext context = request.startAsync();
    context.setTimeout(0);
    EventStream stream =
        new EventStream(context, output, executor, settings.events().bufferSize(), onEnd);
    context.addListener(new ExchangeEnd(stream));
    return stream;
  }

  private void add(EventStream stream) {
    streams.add(stream);
    // Checked after adding: either close() sees the stream, or this sees that it is closed.
    if (closed) {
      stream.end();
    }
  }

  private void remove(EventStream stream) {
    streams.remove(stream);
    synchronized (streams) {
      streams.notifyAll();
    }
  }

  private void beat() {
    // The scheduler drops a task that throws: this is its boundary.
    try {
      streams.forEach(stream -> stream.send(Frames.heartbeat()));
      bySession.forEach(this::endIfSessionIsGone);
    } catch (SessionStoreException failure) {
      LOG.log(Level.DEBUG, "The sessions of streams were not looked at this time", failure);
    } catch (RuntimeException failure) {
      LOG.log(Level.ERROR, "A heartbeat failed", failure);
    }
  }

  /** A stream keeps its session alive, and does not outlive it, whichever replica ended it. */
  private void endIfSessionIsGone(String sessionId, EventStream stream) {
    if (!store.touch(sessionId)) {
      stream.end();
    }
  }

  /**
   * Ends all streams and waits a bounded time until their clients have been told. Later ones are
   * refused. Idempotent.
   */
  @PreDestroy
  public void close() {
    closed = true;
    heartbeat.cancel(false);
    streams.forEach(EventStream::end);
    long deadline = System.nanoTime() + CLOSE_WAIT.toNanos();
    try {
      synchronized (streams) {
        for (long left = CLOSE_WAIT.toNanos();
            !streams.isEmpty() && left > 0;
            left = deadline - System.nanoTime()) {
          TimeUnit.NANOSECONDS.timedWait(streams, left);
        }
      }
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
    }
    // Who has not been told by now does not read: the container cuts the connection.
    streams.forEach(EventStream::abandon);
  }
}
