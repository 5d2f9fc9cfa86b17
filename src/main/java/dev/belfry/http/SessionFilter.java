package dev.belfry.http;

import dev.belfry.config.BelfrySettings;
import dev.belfry.config.BelfrySettings.Revive;
import dev.belfry.session.Lifetime;
import dev.belfry.session.SessionActivity;
import dev.belfry.session.SessionGate;
import dev.belfry.session.SessionStore;
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
import java.time.Clock;
import java.util.Optional;

/**
 * Gives an MCP endpoint sessions that any replica can serve. An application maps it, with {@code
 * async-supported}, in front of the servlet or resource that answers at the endpoint's URL.
 *
 * <p>For revisions 2025-03-26 to 2025-11-25 it creates a session when {@code initialize} succeeds,
 * lets a {@code POST} with a session through to its owner only, answers {@code DELETE}, and answers
 * {@code GET} for an event stream with the session's stream. For revision 2026-07-28, which has no
 * sessions, it checks what requests say of themselves, and answers {@code subscriptions/listen}.
 * What it refuses it answers itself, see {@link Refusal}; everything else, other methods too, it
 * passes on without a session.
 *
 * @see <a href="https://modelcontextprotocol.io/specification/2025-11-25/basic/transports">MCP
 *     specification, revision 2025-11-25, Transports</a>
 * @see <a
 *     href="https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http">MCP
 *     specification, revision 2026-07-28, Streamable HTTP</a>
 */
public class SessionFilter implements Filter {

  /** The header that carries a session's id. */
  public static final String SESSION_ID = "Mcp-Session-Id";

  private final Origins origins;
  private final CredentialRules credentials;
  private final ProtocolVersions versions;
  private final SessionRequests sessionRequests;
  private final StatelessRequests statelessRequests;
  private final RequestBody.Limits limits;

  @Inject
  public SessionFilter(
      SessionStore store,
      SessionStreams streams,
      CurrentSession current,
      SessionActivity activity,
      Callers callers,
      BelfrySettings settings) {
    BelfrySettings.Http http = settings.http();
    this.origins = new Origins(http.allowedOrigins(), http.allowedHosts());
    this.credentials = new CredentialRules(callers, http.anonymous(), Clock.systemUTC());
    this.versions = new ProtocolVersions(http.protocolVersions());
    this.limits = new RequestBody.Limits(http.maxBody(), http.bodyTimeout());
    this.sessionRequests =
        new SessionRequests(
            sessions(store, settings.session()), streams, current, activity, limits);
    this.statelessRequests = new StatelessRequests(streams, current, versions, limits);
  }

  private static Sessions sessions(SessionStore store, BelfrySettings.Sessions settings) {
    return new Sessions(
        store,
        new SessionGate(store),
        new Lifetime(settings.timeToLive(), settings.maxLifetime()),
        settings.revive() == Revive.WITHIN_WINDOW);
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    Exchange exchange =
        new Exchange((HttpServletRequest) request, (HttpServletResponse) response, chain);
    try {
      answer(exchange);
    } catch (RefusedException refused) {
      refused.write(exchange.response());
    }
  }

  // The body comes last: who has nothing to say here does not make us read.
  private void answer(Exchange exchange) throws IOException, ServletException, RefusedException {
    origins.require(exchange.request());
    if (exchange.method().equals("OPTIONS")) {
      exchange.passOn(); // A browser asks without credentials whether it may ask.
      return;
    }
    Caller caller = credentials.caller(exchange.request());
    switch (versions.era(exchange.request())) {
      case SESSIONS -> sessionRequests.answer(exchange, caller);
      case STATELESS -> statelessRequests.answer(exchange, caller);
      case UNSUPPORTED -> throw unsupported(exchange);
    }
  }

  private RefusedException unsupported(Exchange exchange) throws RefusedException {
    Optional<JsonRpcMessage> message =
        exchange.method().equals("POST")
            ? RequestBody.read(exchange.request(), limits).json().flatMap(JsonRpcMessage::of)
            : Optional.empty();
    Optional<JsonValue> id = message.flatMap(JsonRpcMessage::id);
    if (message
        .filter(any -> StatelessRules.contradictsVersion(any, exchange.request()))
        .isPresent()) {
      return new RefusedException(Refusal.HEADER_MISMATCH, id);
    }
    String requested = Headers.value(exchange.request(), ProtocolVersions.HEADER).orElse("");
    return new RefusedException(Refusal.VERSION_UNSUPPORTED, id, versions.alternatives(requested));
  }
}
