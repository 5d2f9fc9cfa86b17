package dev.belfry.http;

import dev.belfry.session.Session;
import dev.belfry.session.SessionActivity;
import jakarta.json.JsonStructure;
import jakarta.json.JsonValue;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;

/** Answers requests of the revisions that have sessions: 2025-03-26 to 2025-11-25. */
record SessionRequests(
    Sessions sessions,
    SessionStreams streams,
    CurrentSession current,
    SessionActivity activity,
    RequestBody.Limits limits) {

  private static final String INITIALIZE = "initialize";

  void answer(Exchange exchange, Caller caller)
      throws IOException, ServletException, RefusedException {
    switch (exchange.method()) {
      case "POST" -> {
        if (exchange.sessionId().isPresent()) {
          post(exchange, sessions.admit(caller, id(exchange)));
        } else {
          initialize(exchange, caller);
        }
      }
      case "DELETE" -> delete(exchange, sessions.admitLive(caller, id(exchange)));
      case "GET" -> {
        if (AcceptHeader.namesEventStream(exchange.request())) {
          Session session = sessions.admit(caller, id(exchange));
          streams.open(session, caller, exchange.request(), exchange.response());
        } else {
          exchange.passOn();
        }
      }
      default -> exchange.passOn();
    }
  }

  private static String id(Exchange exchange) throws RefusedException {
    return exchange.sessionId().orElseThrow(() -> new RefusedException(Refusal.ID_REQUIRED));
  }

  // An array is the application's to judge: revision 2025-03-26 has batches.
  private void post(Exchange exchange, Session session)
      throws IOException, ServletException, RefusedException {
    RequestBody body = RequestBody.read(exchange.request(), limits);
    JsonValue json = json(body);
    if (!(json instanceof JsonStructure)) {
      throw new RefusedException(Refusal.BODY_NOT_ONE_MESSAGE);
    }
    Optional<JsonRpcMessage> message = JsonRpcMessage.of(json);
    if (message.isPresent()) {
      requireOwnRevision(message.get(), exchange);
      if (message.get().method().equals(INITIALIZE)) {
        throw new RefusedException(Refusal.INITIALIZED_ALREADY, message.get().id());
      }
    }
    activity.note(session);
    current.set(session);
    exchange.passOn(body);
  }

  private void initialize(Exchange exchange, Caller caller)
      throws IOException, ServletException, RefusedException {
    RequestBody body = RequestBody.read(exchange.request(), limits);
    JsonRpcMessage message = message(body);
    requireOwnRevision(message, exchange);
    if (!message.method().equals(INITIALIZE)) {
      throw new RefusedException(Refusal.ID_REQUIRED, message.id());
    }
    InitializeResponse response =
        new InitializeResponse(
            exchange.response(),
            protocolVersion ->
                sessions
                    .create(caller, Negotiated.of(message, protocolVersion).toStorableJson())
                    .id());
    exchange
        .chain()
        .doFilter(
            new BufferedRequest(exchange.request(), body, response, response::stream), response);
    response.finish();
  }

  private static JsonValue json(RequestBody body) throws RefusedException {
    return body.json().orElseThrow(() -> new RefusedException(Refusal.BODY_NOT_JSON));
  }

  private static JsonRpcMessage message(RequestBody body) throws RefusedException {
    return JsonRpcMessage.of(json(body))
        .orElseThrow(() -> new RefusedException(Refusal.BODY_NOT_ONE_MESSAGE));
  }

  // A message that says that it is of a revision without sessions must say so in the header too.
  private static void requireOwnRevision(JsonRpcMessage message, Exchange exchange)
      throws RefusedException {
    if (StatelessRules.contradictsVersion(message, exchange.request())) {
      throw new RefusedException(Refusal.HEADER_MISMATCH, message.id());
    }
  }

  private void delete(Exchange exchange, Session session) throws RefusedException {
    sessions.delete(session);
    streams.end(session.id());
    exchange.response().setStatus(HttpServletResponse.SC_NO_CONTENT);
  }
}
