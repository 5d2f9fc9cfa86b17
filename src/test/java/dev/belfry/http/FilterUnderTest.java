package dev.belfry.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.config.BelfrySettings;
import dev.belfry.config.Settings;
import dev.belfry.session.Session;
import dev.belfry.session.SessionActivity;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionCreated;
import dev.belfry.session.SessionEvent;
import dev.belfry.session.SessionRules;
import dev.belfry.session.SessionStore;
import dev.belfry.testkit.FaultySessionStore;
import dev.belfry.testkit.SettableClock;
import jakarta.json.JsonValue;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/** The filter with sessions in memory, and an application behind it. */
final class FilterUnderTest implements AutoCloseable {

  static final String ID = SessionFilter.SESSION_ID;

  /** What the application answers {@code initialize} with, unless a test says otherwise. */
  static final String RESULT =
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":\"2025-11-25\"}}";

  final SettableClock clock = new SettableClock();
  final List<SessionEvent> events = new ArrayList<>();
  final CurrentSession current = new CurrentSession();
  final Streams streams = new Streams();
  final FaultySessionStore store;

  /** What came to the application. */
  final List<HttpServletRequest> passedOn = new ArrayList<>();

  private final ScheduledExecutorService scheduler = new ScheduledThreadPoolExecutor(0);
  private final SessionFilter filter;
  private Application application =
      (request, response) -> {
        response.setContentType("application/json");
        response.getOutputStream().print(RESULT);
      };

  /** What answers behind the filter. */
  @FunctionalInterface
  interface Application {
    void answer(HttpServletRequest request, HttpServletResponse response)
        throws IOException, ServletException;
  }

  /** With the default settings, but for what is given: keys and values in turn. */
  FilterUnderTest(Map<String, String> settings) {
    this(settings, new ContainerCallers());
  }

  FilterUnderTest(Map<String, String> settings, Callers callers) {
    BelfrySettings all = Settings.with(settings);
    SessionStore memory =
        SessionBackend.inMemory(SessionRules.of(all.session().timeToLive()), clock, events::add)
            .store();
    store = new FaultySessionStore(memory);
    SessionActivity activity =
        new SessionActivity(store, Duration.ofDays(1), Duration.ofDays(1), scheduler);
    filter = new SessionFilter(store, streams, current, activity, callers, all);
  }

  @Override
  public void close() {
    scheduler.shutdownNow();
  }

  void application(Application behind) {
    application = behind;
  }

  FakeExchange answer(FakeExchange exchange) throws IOException, ServletException {
    FilterChain chain =
        (request, response) -> {
          passedOn.add((HttpServletRequest) request);
          application.answer((HttpServletRequest) request, (HttpServletResponse) response);
        };
    filter.doFilter(exchange.request(), exchange.response(), chain);
    return exchange;
  }

  /** A session of somebody without a credential. */
  Session session() {
    return session("");
  }

  Session session(String userId) {
    return store.create("session-" + events.size(), userId, JsonValue.EMPTY_JSON_OBJECT);
  }

  /** The only session that was created. */
  Session created() {
    assertThat(createdIds()).hasSize(1);
    return store.find(createdIds().get(0)).orElseThrow();
  }

  List<String> createdIds() {
    return events.stream()
        .filter(SessionCreated.class::isInstance)
        .map(event -> ((SessionCreated) event).sessionId())
        .toList();
  }

  /** Remembers what it is asked, and answers with 200. */
  static final class Streams implements SessionStreams {
    final List<String> opened = new ArrayList<>();
    final List<ListenRequest> listening = new ArrayList<>();
    final List<String> ended = new ArrayList<>();
    Optional<Caller> caller = Optional.empty();

    @Override
    public void open(
        Session session, Caller opening, HttpServletRequest request, HttpServletResponse response) {
      opened.add(session.id());
      caller = Optional.of(opening);
    }

    @Override
    public void listen(
        ListenRequest listen,
        Caller opening,
        HttpServletRequest request,
        HttpServletResponse response) {
      listening.add(listen);
      caller = Optional.of(opening);
    }

    @Override
    public void end(String sessionId) {
      ended.add(sessionId);
    }
  }
}
