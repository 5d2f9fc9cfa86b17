package dev.belfry.conformance;

import static jakarta.json.Json.createObjectBuilder;

import dev.belfry.http.CurrentSession;
import dev.belfry.session.Session;
import dev.belfry.session.SessionStates;
import dev.belfry.session.StateChange;
import jakarta.inject.Inject;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** The server, behind Belfry's filter, which has looked at the request already. */
@WebServlet(urlPatterns = "/mcp", asyncSupported = true)
public class FixtureServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  private static final List<String> REVISIONS_WITH_SESSIONS =
      List.of("2025-03-26", "2025-06-18", "2025-11-25");
  private static final String REVISION_WITHOUT = "2026-07-28";

  private static final JsonObject IDENTITY =
      createObjectBuilder().add("name", "belfry-conformance").add("version", "1").build();

  private static final Set<String> CACHEABLE =
      Set.of(
          "server/discover",
          "tools/list",
          "prompts/list",
          "resources/list",
          "resources/templates/list",
          "resources/read");

  @Inject private transient CurrentSession session;
  @Inject private transient SessionStates states;
  @Inject private transient ClientReplies replies;
  @Inject private transient Tools tools;

  @Override
  protected void doPost(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    JsonObject message;
    try (JsonReader reader = Json.createReader(request.getInputStream())) {
      message = reader.readObject();
    }
    if (message.containsKey("method") && message.containsKey("id")) {
      answer(message, response);
      return;
    }
    if (message.containsKey("id")) {
      replies.tell(message);
    }
    response.setStatus(HttpServletResponse.SC_ACCEPTED);
  }

  private void answer(JsonObject message, HttpServletResponse response) throws IOException {
    Answer answer = new Answer(response, replies);
    Call call =
        Call.isStateless(message)
            ? Call.stateless(message)
            : new Call(message, session.session().map(FixtureServlet::capabilities).orElse(none()));
    try {
      answer.result(call.id(), completed(call, result(call, answer)));
    } catch (RpcException failure) {
      int status = call.isStateless() ? failure.status() : HttpServletResponse.SC_OK;
      answer.error(call.id(), failure, status);
    }
  }

  private static JsonObject capabilities(Session current) {
    return Call.object(current.negotiated(), "capabilities");
  }

  private static JsonObject none() {
    return JsonValue.EMPTY_JSON_OBJECT;
  }

  private JsonObject result(Call call, Conversation conversation) {
    return switch (call.method()) {
      case "initialize" -> initialized(call);
      case "server/discover" -> discovered();
      case "ping" -> none();
      case "logging/setLevel" ->
          changed(StateChange.merge(member(LogLevel.STATE, level(call.params().get("level")))));
      case "resources/subscribe" ->
          changed(StateChange.merge(member(call.text("uri"), JsonValue.TRUE)));
      case "resources/unsubscribe" -> changed(StateChange.removeKeys(call.text("uri")));
      case "tools/list" -> tools.list();
      case "tools/call" -> tools.call(call, conversation);
      case "prompts/list" -> Prompts.list();
      case "prompts/get" -> Prompts.get(call);
      case "completion/complete" -> Prompts.complete(call);
      case "resources/list" -> Resources.list();
      case "resources/templates/list" -> Resources.templates();
      case "resources/read" -> Resources.read(call);
      default -> throw RpcException.unknownMethod();
    };
  }

  private static JsonValue level(JsonValue json) {
    return LogLevel.of(json) == LogLevel.NOTHING ? JsonValue.NULL : json;
  }

  private static JsonObject member(String name, JsonValue value) {
    return createObjectBuilder().add(name, value).build();
  }

  // What a client has asked for is known on every replica.
  private JsonObject changed(StateChange change) {
    session.session().ifPresent(current -> states.apply(current.id(), List.of(change)));
    return none();
  }

  private static JsonObject initialized(Call call) {
    String wanted = call.text("protocolVersion");
    String latest = REVISIONS_WITH_SESSIONS.get(REVISIONS_WITH_SESSIONS.size() - 1);
    return createObjectBuilder()
        .add("protocolVersion", REVISIONS_WITH_SESSIONS.contains(wanted) ? wanted : latest)
        .add("capabilities", serverCapabilities().add("logging", none()))
        .add("serverInfo", IDENTITY)
        .build();
  }

  private static JsonObject discovered() {
    JsonArray revisions =
        Json.createArrayBuilder(REVISIONS_WITH_SESSIONS).add(REVISION_WITHOUT).build();
    return createObjectBuilder()
        .add("supportedVersions", revisions)
        .add("capabilities", serverCapabilities())
        .build();
  }

  private static JsonObjectBuilder serverCapabilities() {
    JsonObject changing = createObjectBuilder().add("listChanged", true).build();
    return createObjectBuilder()
        .add("tools", changing)
        .add("prompts", changing)
        .add("resources", createObjectBuilder(changing).add("subscribe", true))
        .add("completions", none());
  }

  /** With what the revision without sessions wants in every result. */
  private static JsonObject completed(Call call, JsonObject result) {
    if (!call.isStateless()) {
      return result;
    }
    JsonObjectBuilder all = createObjectBuilder(result);
    if (!result.containsKey("resultType")) {
      all.add("resultType", "complete");
    }
    if (CACHEABLE.contains(call.method())) {
      all.add("ttlMs", 0).add("cacheScope", "private");
    }
    return all.add("_meta", member("io.modelcontextprotocol/serverInfo", IDENTITY)).build();
  }
}
