package dev.belfry.sse;

import dev.belfry.config.BelfrySettings;
import dev.belfry.event.Broadcaster;
import dev.belfry.event.BroadcasterException;
import dev.belfry.event.EventId;
import dev.belfry.event.Passed;
import dev.belfry.event.Presence;
import dev.belfry.event.Reset;
import dev.belfry.event.ServerEvent;
import dev.belfry.http.Caller;
import dev.belfry.http.ListenRequest;
import dev.belfry.http.SessionStreams;
import dev.belfry.session.Session;
import dev.belfry.session.SessionDeleted;
import dev.belfry.session.SessionExpired;
import dev.belfry.session.SessionRotated;
import dev.belfry.session.SessionStore;
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
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** All streams of this replica. Thread-safe. */
@ApplicationScoped
public class EventStreams implements SessionStreams {

  private static final Logger LOG = System.getLogger(EventStreams.class.getName());

  private static final int RECENT_FRAMES = 1_000;
  private static final long RECENT_BYTES = 4L * 1024 * 1024;

  /** How often streams whose time is over are looked for. */
  private static final Duration OVERDUE_TURN = Duration.ofSeconds(1);

  /** With the usual drain, less than the 5 s that Open Liberty gives an application to stop. */
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(2);

  // Not private: without a container it is a test that provides them.
  @Resource ManagedExecutorService executor;
  @Resource ManagedScheduledExecutorService scheduler;

  private SessionStore store;
  private BelfrySettings settings;
  private Broadcaster broadcaster;
  private Presence presence;

  private final StreamRegistry streams = new StreamRegistry();
  private final RecentFrames recent = new RecentFrames(RECENT_FRAMES, RECENT_BYTES);
  private Frames frames;
  private FrameQueue.Limits limits;
  private EventStream.Shared shared;
  private Distribution distribution;
  private SessionKeeper keeper;
  private List<ScheduledFuture<?>> tasks;
  private volatile boolean closed;

  @Inject
  void use(
      SessionStore store, BelfrySettings settings, Broadcaster broadcaster, Presence presence) {
    this.store = store;
    this.settings = settings;
    this.broadcaster = broadcaster;
    this.presence = presence;
  }

  @PostConstruct
  void start() {
    frames = new Frames(settings.stream().retry(), settings.stream().resetNotifications());
    limits = new FrameQueue.Limits(settings.events().bufferSize(), settings.stream().bufferBytes());
    StreamWriters writers =
        new StreamWriters(executor, scheduler, Runtime.getRuntime().availableProcessors());
    // Half of what waits for a client that reads: it is not to be taken for a slow one.
    distribution = new Distribution(streams, writers, Math.max(1, limits.frames() / 2));
    shared =
        new EventStream.Shared(
            writers,
            recent,
            new LogReader(broadcaster, executor, settings.stream().bufferBytes()),
            this::forget);
    keeper = new SessionKeeper(store, longestUntouched(), System::nanoTime);
    long beat = settings.stream().heartbeat().toMillis();
    long turn = SessionKeeper.TURN.toMillis();
    long overdue = OVERDUE_TURN.toMillis();
    long report = settings.presence().interval().toMillis();
    // A task each: some of them wait for the database, which heartbeats must not.
    tasks =
        List.of(
            scheduler.scheduleAtFixedRate(this::beat, beat, beat, TimeUnit.MILLISECONDS),
            scheduler.scheduleWithFixedDelay(keeper::run, turn, turn, TimeUnit.MILLISECONDS),
            scheduler.scheduleWithFixedDelay(
                this::reportPresence, 0, report, TimeUnit.MILLISECONDS),
            scheduler.scheduleWithFixedDelay(
                this::endOverdue, overdue, overdue, TimeUnit.MILLISECONDS));
  }

  // Well within the time to live, however long the heartbeat's interval.
  private Duration longestUntouched() {
    Duration heartbeat = settings.stream().heartbeat();
    Duration third = settings.session().timeToLive().dividedBy(3);
    return heartbeat.compareTo(third) < 0 ? heartbeat : third;
  }

  /**
   * Answers a request with a stream that belongs to no session: it gets the events that are for
   * everyone, after the {@code Last-Event-ID} if the request has one. The servlet, and every filter
   * before it, must support asynchronous processing.
   */
  public void openPublic(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Start start = new Start(LastEventId.of(request), Optional.empty());
    open(new ResumableFraming(Client.PUBLIC, frames), start, Caller.ANONYMOUS, request, response);
  }

  @Override
  public void open(
      Session session, Caller caller, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Client client = Client.of(session);
    Optional<EventId> claim;
    try {
      claim = closed ? Optional.empty() : broadcaster.tellReplicas(StreamClaim.of(client));
    } catch (BroadcasterException failure) {
      LOG.log(Level.DEBUG, "A stream was not opened: the others could not be told", failure);
      refuse(response);
      return;
    }
    Start start = new Start(LastEventId.of(request), claim);
    open(new ResumableFraming(client, frames), start, caller, request, response)
        .ifPresent(stream -> keeper.keep(stream, session));
  }

  @Override
  public void listen(
      ListenRequest listen, Caller caller, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Framing framing =
        new ListenFraming(
            Client.ofUser(caller.userId()), listen, settings.stream().resetNotifications());
    open(framing, Start.NOW, caller, request, response);
  }

  /**
   * Where a stream begins.
   *
   * @param lastSeen after it, if there is one
   * @param claim else after it, if there is one; else now
   */
  private record Start(Optional<EventId> lastSeen, Optional<EventId> claim) {
    static final Start NOW = new Start(Optional.empty(), Optional.empty());
  }

  private Optional<EventStream> open(
      Framing framing,
      Start start,
      Caller caller,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    if (closed) {
      refuse(response);
      return Optional.empty();
    }
    Optional<EventId> current = broadcaster.latest();
    response.setContentType("text/event-stream");
    response.setCharacterEncoding("UTF-8");
    response.setHeader("Cache-Control", "no-cache, no-transform");
    response.setHeader("X-Accel-Buffering", "no"); // nginx would collect the frames otherwise.
    AsyncContext context = request.startAsync();
    context.setTimeout(0);
    EventStream stream =
        new EventStream(
            framing.client(),
            new EventStream.Terms(start.claim(), end(caller)),
            new Feed(framing, limits),
            new EventStream.Exchange(context, response.getOutputStream()),
            shared);
    context.addListener(new ExchangeEnd(stream));
    distribution.complete(); // What came before is for the others, such as the session's last one.
    streams.add(stream);
    // Only now: what is delivered from here on comes to the stream, what was before is in recent.
    stream.change(feed -> begin(feed, start, current));
    streams.claimSession(stream);
    // Checked after adding: either close() sees the stream, or this sees that it is closed.
    if (closed) {
      stream.end();
    }
    return Optional.of(stream);
  }

  private void begin(Feed feed, Start start, Optional<EventId> current) {
    Optional<EventId> delivered = recent.latest().or(() -> current);
    Optional<EventId> place = start.lastSeen().or(start::claim).or(() -> delivered);
    boolean passed =
        start.claim().isPresent()
            && delivered.filter(latest -> StreamClaim.isLater(latest, place.get())).isPresent();
    feed.begin(place, start.lastSeen().isPresent() || passed, start.claim());
  }

  private static void refuse(HttpServletResponse response) {
    response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
    response.setHeader("Retry-After", "2");
  }

  // Up to a quarter early, at random: streams that began together are not to end together.
  private Instant end(Caller caller) {
    long longest = settings.stream().maxLifetime().toMillis();
    Instant end =
        Instant.now().plusMillis(longest - ThreadLocalRandom.current().nextLong(longest / 4 + 1));
    return caller.credentialExpiry().filter(expiry -> expiry.isBefore(end)).orElse(end);
  }

  private void forget(EventStream stream) {
    streams.remove(stream);
    keeper.forget(stream);
  }

  @Override
  public void end(String sessionId) {
    distribution.complete(); // What came before the end is still for this stream.
    streams.ofSession(sessionId).ifPresent(EventStream::end);
  }

  /** How many streams this replica has. */
  public int count() {
    return streams.count();
  }

  /** Before the application's observers, whose failures and delays are not the clients'. */
  void onEvent(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) ServerEvent event) {
    add(EventFrame.of(event));
  }

  /** What replicas tell each other moves the streams on, and a claim may end one. */
  void onPassed(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) Passed passed) {
    add(EventFrame.of(passed.entry()));
  }

  private void add(EventFrame frame) {
    recent.add(frame);
    distribution.add(feed -> feed.add(frame));
  }

  /** This replica has missed events, and so have its clients. */
  void onReset(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) Reset reset) {
    recent.restart(reset.latest());
    distribution.add(feed -> feed.reset(reset));
  }

  /** Delivery goes on after this place. */
  void onPosition(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) EventId place) {
    Optional<EventId> until = recent.restart(place);
    distribution.add(feed -> feed.skip(until, place));
  }

  /** A session's stream does not outlive it, whichever replica ended it; nor does it wait. */
  void onDeleted(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) SessionDeleted deleted) {
    end(deleted.sessionId());
  }

  /** See {@link #onDeleted}. */
  void onExpired(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) SessionExpired expired) {
    end(expired.sessionId());
  }

  /** See {@link #onDeleted}: the client has to come back with the new id. */
  void onRotated(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) SessionRotated rotated) {
    end(rotated.sessionId());
  }

  private void endOverdue() {
    Instant now = Instant.now();
    streams.forEach(
        stream -> {
          if (stream.isOverdue(now)) {
            stream.end();
          }
        });
  }

  private void beat() {
    streams.forEach(stream -> stream.change(Feed::beat));
  }

  // The scheduler drops a task that throws: this is its boundary.
  private void reportPresence() {
    try {
      presence.report(count());
    } catch (RuntimeException failure) {
      LOG.log(Level.DEBUG, "The number of streams was not reported this time", failure);
    }
  }

  /**
   * Ends all streams, spread over {@code belfry.stream.drain}, and waits a bounded time until their
   * clients have been told. Later ones are refused. Idempotent.
   */
  @PreDestroy
  public void close() {
    closed = true;
    distribution.complete();
    try {
      streams.drain(settings.stream().drain(), CLOSE_WAIT);
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
    }
    tasks.forEach(task -> task.cancel(false));
    // Who has not been told by now does not read; the write to it fails at the server's deadline.
    streams.forEach(EventStream::abandon);
  }
}
