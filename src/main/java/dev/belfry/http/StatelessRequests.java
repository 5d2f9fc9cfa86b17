package dev.belfry.http;

import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/**
 * Answers requests of revision 2026-07-28, which knows no sessions. No session id is looked at, and
 * nothing is stored.
 */
record StatelessRequests(
    SessionStreams streams,
    CurrentSession current,
    ProtocolVersions versions,
    RequestBody.Limits limits) {

  private static final String LISTEN = "subscriptions/listen";

  /** What earlier revisions had. */
  private static final Set<String> REMOVED =
      Set.of(
          "initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe");

  void answer(Exchange exchange, Caller caller)
      throws IOException, ServletException, RefusedException {
    switch (exchange.method()) {
      case "POST" -> post(exchange, caller);
      case "GET", "DELETE" -> throw new RefusedException(Refusal.METHOD_NOT_ALLOWED);
      default -> exchange.passOn();
    }
  }

  private void post(Exchange exchange, Caller caller)
      throws IOException, ServletException, RefusedException {
    RequestBody body = RequestBody.read(exchange.request(), limits);
    JsonRpcMessage message = message(body);
    refuseOldHandshake(message, exchange);
    Optional<Refusal> broken = StatelessRules.broken(message, exchange.request());
    if (broken.isPresent()) {
      throw new RefusedException(broken.get(), message.id());
    }
    if (message.id().isPresent() && REMOVED.contains(message.method())) {
      throw new RefusedException(Refusal.METHOD_NOT_FOUND, message.id());
    }
    if (message.method().equals(LISTEN)) {
      streams.listen(listen(message), caller, exchange.request(), exchange.response());
    } else {
      current.set(message.meta().negotiated());
      exchange.passOn(body);
    }
  }

  private static JsonRpcMessage message(RequestBody body) throws RefusedException {
    JsonValue json = body.json().orElseThrow(() -> new RefusedException(Refusal.BODY_NOT_JSON));
    return JsonRpcMessage.of(json)
        .filter(JsonRpcMessage::isVersion2)
        .orElseThrow(() -> new RefusedException(Refusal.BODY_NOT_ONE_MESSAGE, idOf(json)));
  }

  // A response has the id of somebody else's request.
  private static Optional<JsonValue> idOf(JsonValue json) {
    return json instanceof JsonObject object
            && !object.containsKey("result")
            && !object.containsKey("error")
        ? JsonRpcMessage.idOf(object)
        : Optional.empty();
  }

  // A client that only knows initialize can learn nothing else from an error than what it reads.
  private void refuseOldHandshake(JsonRpcMessage message, Exchange exchange)
      throws RefusedException {
    if (message.method().equals("initialize")
        && Headers.value(exchange.request(), ProtocolVersions.HEADER).isEmpty()) {
      String requested =
          message.params().get("protocolVersion") instanceof JsonString version
              ? version.getString()
              : "";
      throw new RefusedException(
          Refusal.VERSION_UNSUPPORTED, message.id(), versions.alternatives(requested));
    }
  }

  private static ListenRequest listen(JsonRpcMessage message) throws RefusedException {
    JsonValue id =
        message.id().orElseThrow(() -> new RefusedException(Refusal.BODY_NOT_ONE_MESSAGE));
    return ListenRequest.of(id, message.params())
        .orElseThrow(() -> new RefusedException(Refusal.PARAMS_INVALID, message.id()));
  }
}
