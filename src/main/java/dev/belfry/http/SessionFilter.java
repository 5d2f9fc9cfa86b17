package dev.belfry.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.belfry.config.BelfrySettings;
import dev.belfry.session.Session;
import dev.belfry.session.SessionActivity;
import dev.belfry.session.SessionGate;
import dev.belfry.session.SessionGate.Admission;
import dev.belfry.session.SessionIds;
import dev.belfry.session.SessionLimitException;
import dev.belfry.session.SessionStore;
import dev.belfry.session.SessionStoreException;
import dev.belfry.session.SessionStoreUnavailableException;
import jakarta.inject.Inject;
import jakarta.json.JsonValue;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;

/**
 * Gives an MCP endpoint sessions that any replica can serve. An application maps it, with {@code
 * async-supported}, in front of the servlet or resource that answers at the endpoint's URL.
 *
 * <p>It creates a session when {@code initialize} succeeds, lets a {@code POST} with a session
 * through to its owner only, answers {@code DELETE}, and answers {@code GET} for an event stream
 * with the session's stream. What it refuses it answers itself, see {@link Refusal}; everything
 * else, other methods too, it passes on without a session.
 *
 * @see <a href="https://modelcontextprotocol.io/specification/2025-11-25/basic/transports">MCP
 *     specification, revision 2025-11-25, Transports</a>
 */
public class SessionFilter implements Filter {

  /** The header that carries a session's id. */
  public static final String SESSION_ID = "Mcp-Session-Id";

  private static final Logger LOG = System.getLogger(SessionFilter.class.getName());

  private final SessionStore store;
  private final SessionStreams streams;
  private final CurrentSession current;
  private final SessionActivity activity;
  private final SessionGate gate;
  private final Origins origins;
  private final int maxBody;

  @Inject
  public SessionFilter(
      SessionStore store,
      SessionStreams streams,
      CurrentSession current,
      SessionActivity activity,
      BelfrySettings settings) {
    this.store = store;
    this.streams = streams;
    this.current = current;
    this.activity = activity;
    this.gate = new SessionGate(store);
    this.origins = new Origins(settings.http().allowedOrigins());
    this.maxBody = settings.http().maxBody();
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    Exchange exchange =
        new Exchange((HttpServletRequest) request, (HttpServletResponse) response, chain);
    try {
      Optional<Refusal> refusal = handle(exchange);
      if (refusal.isPresent()) {
        refusal.get().write(exchange.response());
      }
    } catch (SessionLimitException failure) {
      refuse(exchange.response(), Refusal.SESSIONS_EXHAUSTED, failure);
    } catch (SessionStoreUnavailableException failure) {
      LOG.log(Level.DEBUG, "Sessions are unavailable", failure);
      refuse(exchange.response(), Refusal.UNAVAILABLE, failure);
    } catch (SessionStoreException failure) {
      // Causes may quote what is stored: they are for who looks for them.
      LOG.log(Level.ERROR, "Sessions cannot be used: {0}", failure.getMessage());
      LOG.log(Level.DEBUG, "The failure of the sessions", failure);
      refuse(exchange.response(), Refusal.FAILED, failure);
    }
  }

  private static void refuse(
      HttpServletResponse response, Refusal refusal, SessionStoreException failure)
      throws IOException {
    if (response.isCommitted()) {
      throw failure;
    }
    response.reset();
    refusal.write(response);
  }

  /** Answers the request or passes it on, or says why it does neither. */
  private Optional<Refusal> handle(Exchange exchange) throws IOException, ServletException {
    if (!origins.admits(exchange.request())) {
      return Optional.of(Refusal.ORIGIN_FORBIDDEN);
    }
    return switch (ProtocolRevision.of(exchange.request().getHeader(ProtocolRevision.HEADER))) {
      case UNSUPPORTED -> Optional.of(Refusal.REVISION_UNSUPPORTED);
      case WITHOUT_SESSIONS -> exchange.passOn();
      case WITH_SESSIONS -> handleWithSessions(exchange);
    };
  }

  private Optional<Refusal> handleWithSessions(Exchange exchange)
      throws IOException, ServletException {
    return switch (exchange.request().getMethod()) {
      case "POST" ->
          exchange.sessionId().isEmpty()
              ? initialize(exchange)
              : admitted(
                  exchange,
                  session -> {
                    activity.note(session);
                    current.set(session);
                    exchange.passOn();
                  });
      case "DELETE" -> admitted(exchange, session -> delete(session, exchange.response()));
      case "GET" ->
          exchange.wantsStream()
              ? admitted(
                  exchange,
                  session ->
                      streams.open(
                          session, Caller.ANONYMOUS, exchange.request(), exchange.response()))
              : exchange.passOn();
      default -> exchange.passOn();
    };
  }

  private Optional<Refusal> admitted(Exchange exchange, Use use)
      throws IOException, ServletException {
    Optional<String> id = exchange.sessionId();
    if (id.isEmpty()) {
      return Optional.of(Refusal.ID_REQUIRED);
    }
    if (!SessionIds.isValid(id.get())) {
      return Optional.of(Refusal.ID_MALFORMED);
    }
    Admission admission = gate.admit(Owner.of(exchange.request()), id.get());
    if (admission instanceof Admission.Granted granted) {
      use.by(granted.session());
      return Optional.empty();
    }
    return Optional.of(
        admission instanceof Admission.Forbidden
            ? Refusal.OWNER_FORBIDDEN
            : Refusal.SESSION_UNKNOWN);
  }

  private Optional<Refusal> initialize(Exchange exchange) throws IOException, ServletException {
    byte[] body = exchange.request().getInputStream().readNBytes(maxBody + 1);
    if (body.length > maxBody) {
      return Optional.of(Refusal.BODY_TOO_LARGE);
    }
    Optional<String> method = JsonRpc.method(new String(body, UTF_8));
    if (method.isEmpty()) {
      return Optional.of(Refusal.BODY_MALFORMED);
    }
    if (!method.get().equals("initialize")) {
      return Optional.of(Refusal.ID_REQUIRED);
    }
    String owner = Owner.of(exchange.request());
    InitializeResponse response =
        new InitializeResponse(exchange.response(), () -> createSession(owner));
    exchange.chain().doFilter(new InitializeRequest(exchange.request(), body, response), response);
    response.finish();
    return Optional.empty();
  }

  private String createSession(String owner) {
    return store.create(SessionIds.mint(), owner, JsonValue.EMPTY_JSON_OBJECT).id();
  }

  private void delete(Session session, HttpServletResponse response) {
    store.delete(session.id());
    streams.end(session.id());
    response.setStatus(HttpServletResponse.SC_NO_CONTENT);
  }

  /** What is done with the session of an admitted request. */
  @FunctionalInterface
  private interface Use {
    void by(Session session) throws IOException, ServletException;
  }

  /** One request and how to answer it. */
  private record Exchange(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain) {

    Optional<String> sessionId() {
      return Optional.ofNullable(request.getHeader(SESSION_ID));
    }

    boolean wantsStream() {
      String accept = request.getHeader("Accept");
      return accept != null && accept.contains("text/event-stream");
    }

    Optional<Refusal> passOn() throws IOException, ServletException {
      chain.doFilter(request, response);
      return Optional.empty();
    }
  }
}
