package dev.belfry.sse;

import dev.belfry.config.BelfrySettings;
import dev.belfry.event.ServerEvent;
import dev.belfry.http.SessionStreams;
import dev.belfry.session.Session;
import dev.belfry.session.SessionStore;
import dev.belfry.session.SessionStoreException;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Priority;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.interceptor.Interceptor;
import jakarta.servlet.AsyncContext;
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

/** All streams of this replica. Thread-safe. */
@ApplicationScoped
public class EventStreams implements SessionStreams {

  private static final Logger LOG = System.getLogger(EventStreams.class.getName());

  /** The session id of streams that belong to none. */
  private static final String PUBLIC = "";

  private static final Duration CLOSE_WAIT = Duration.ofSeconds(3);

  @Resource private ManagedExecutorService executor;
  @Resource private ManagedScheduledExecutorService scheduler;
  @Inject private SessionStore store;
  @Inject private BelfrySettings settings;

  private final Set<EventStream> streams = ConcurrentHashMap.newKeySet();
  private final Map<String, EventStream> bySession = new ConcurrentHashMap<>();
  private ScheduledFuture<?> heartbeat;
  private ScheduledFuture<?> touches;
  private volatile boolean closed;

  @PostConstruct
  void start() {
    long beat = settings.stream().heartbeat().toMillis();
    heartbeat = scheduler.scheduleAtFixedRate(this::beat, beat, beat, TimeUnit.MILLISECONDS);
    // A task of its own: it waits for the database, which heartbeats must not. Well within the time
    // to live, however long the heartbeat's interval.
    long touch = Math.min(beat, settings.session().timeToLive().toMillis() / 3);
    touches =
        scheduler.scheduleWithFixedDelay(
            this::keepSessionsAlive, touch, touch, TimeUnit.MILLISECONDS);
  }

  /**
   * Answers a request with a stream that belongs to no session: it gets every event. The servlet,
   * and every filter before it, must support asynchronous processing.
   */
  public void openPublic(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    open(PUBLIC, request, response);
  }

  @Override
  public void open(Session session, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    open(session.id(), request, response);
  }

  private void open(String sessionId, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (closed) {
      response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
      response.setHeader("Retry-After", "2");
      return;
    }
    response.setContentType("text/event-stream");
    response.setCharacterEncoding("UTF-8");
    response.setHeader("Cache-Control", "no-cache, no-transform");
    response.setHeader("X-Accel-Buffering", "no"); // nginx would collect the frames otherwise.
    AsyncContext context = request.startAsync();
    context.setTimeout(0);
    EventStream stream =
        new EventStream(
            sessionId,
            context,
            response.getOutputStream(),
            executor,
            Frames.primer(settings.stream().retry()),
            settings.events().bufferSize(),
            this::remove);
    context.addListener(new ExchangeEnd(stream));
    add(stream);
    // Only now: who has seen the primer misses nothing.
    stream.writeLater();
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

  /** Before the application's observers, whose failures and delays are not the clients'. */
  void onEvent(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) ServerEvent event) {
    if (!streams.isEmpty()) {
      byte[] frame = Frames.event(event);
      streams.forEach(stream -> stream.send(frame));
    }
  }

  private void add(EventStream stream) {
    streams.add(stream);
    if (!stream.sessionId().equals(PUBLIC)) {
      EventStream older = bySession.put(stream.sessionId(), stream);
      if (older != null) {
        older.end();
      }
    }
    // Checked after adding: either the other side sees the stream, or this sees what it did.
    if (closed) {
      stream.end();
    }
    if (stream.isEnded()) {
      remove(stream);
    }
  }

  private void remove(EventStream stream) {
    streams.remove(stream);
    bySession.remove(stream.sessionId(), stream);
    synchronized (streams) {
      streams.notifyAll();
    }
  }

  private void beat() {
    streams.forEach(stream -> stream.send(Frames.HEARTBEAT));
  }

  /** A stream keeps its session alive, and does not outlive it, whichever replica ended it. */
  private void keepSessionsAlive() {
    // The scheduler drops a task that throws: this is its boundary.
    try {
      bySession.forEach(
          (sessionId, stream) -> {
            if (!store.touch(sessionId)) {
              stream.end();
            }
          });
    } catch (SessionStoreException failure) {
      LOG.log(Level.DEBUG, "The sessions of streams were not looked at this time", failure);
    } catch (RuntimeException failure) {
      LOG.log(Level.ERROR, "The sessions of streams could not be kept alive", failure);
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
    touches.cancel(false);
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
    // Who has not been told by now does not read; the write to it fails at the server's deadline.
    streams.forEach(EventStream::abandon);
  }
}
