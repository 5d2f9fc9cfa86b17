package dev.belfry.demo.mcp;

import static java.util.function.Predicate.not;

import dev.belfry.demo.mcp.TextTool.Arguments;
import dev.belfry.demo.mcp.TextTool.Parameter;
import dev.belfry.http.CurrentSession;
import dev.belfry.http.Negotiated;
import dev.belfry.session.Session;
import dev.belfry.session.SessionIds;
import dev.belfry.session.SessionStore;
import io.modelcontextprotocol.server.McpStatelessServerFeatures.SyncToolSpecification;
import jakarta.json.Json;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Tools on the caller's session: what one replica remembers, every replica recalls. */
record SessionTools(SessionStore sessions, CurrentSession currentSession, String replica) {

  private static final int MAX_KEY_LENGTH = 64;
  private static final int MAX_VALUE_LENGTH = 10_000;
  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_.-]{1," + MAX_KEY_LENGTH + "}");
  private static final String KEY_RULE =
      "1 to " + MAX_KEY_LENGTH + " letters, digits and the characters _ . -";
  private static final Parameter KEY_PARAMETER = new Parameter("key", KEY_RULE, MAX_KEY_LENGTH);

  List<SyncToolSpecification> all() {
    return List.of(
        new TextTool(
                "remember",
                "Stores a text in the session under a key",
                List.of(
                    KEY_PARAMETER, new Parameter("value", "what to remember", MAX_VALUE_LENGTH)),
                this::remember)
            .specification(),
        new TextTool(
                "recall",
                "Returns the text stored in the session under a key",
                List.of(KEY_PARAMETER),
                this::recall)
            .specification(),
        new TextTool(
                "whoami",
                "Tells which replica answers, and what it knows of the session, as JSON",
                List.of(),
                this::whoAmI)
            .specification());
  }

  private String remember(Arguments arguments) {
    String key = key(arguments);
    String id = session().id();
    if (!sessions.mergeState(
        id, Json.createObjectBuilder().add(key, arguments.text("value")).build())) {
      throw ended();
    }
    return "Remembered " + key;
  }

  private String recall(Arguments arguments) {
    String key = key(arguments);
    // Another request may have changed the state since the filter read it.
    Session fresh = sessions.find(session().id()).orElseThrow(SessionTools::ended);
    return Optional.ofNullable(fresh.state().get(key))
        .map(SessionTools::text)
        .orElseThrow(() -> new ToolRefusedException("Nothing is remembered under " + key));
  }

  private String whoAmI(Arguments arguments) {
    Session session = session();
    String owner =
        Optional.of(session.userId())
            .filter(not(String::isEmpty))
            .map(SessionIds::abbreviate)
            .orElse("anonymous");
    JsonObjectBuilder answer =
        Json.createObjectBuilder()
            .add("replica", replica)
            .add("session", SessionIds.abbreviate(session.id()))
            .add("owner", owner)
            .add("createdAt", session.createdAt().toString())
            .add("expiresAt", session.expiresAt().toString());
    // What was agreed on with initialize, whichever replica that came to.
    currentSession.negotiated().ifPresent(negotiated -> describe(negotiated, answer));
    return answer.build().toString();
  }

  private static void describe(Negotiated negotiated, JsonObjectBuilder answer) {
    answer.add("protocolVersion", negotiated.protocolVersion());
    if (negotiated.clientInfo().get("name") instanceof JsonString name) {
      answer.add("client", name);
    }
  }

  private Session session() {
    return currentSession
        .session()
        .orElseThrow(
            () ->
                new ToolRefusedException(
                    "This tool needs a session: initialize, then send the Mcp-Session-Id you got"));
  }

  private static ToolRefusedException ended() {
    return new ToolRefusedException("The session has ended; initialize a new one");
  }

  private static String key(Arguments arguments) {
    String key = arguments.text("key");
    if (!KEY.matcher(key).matches()) {
      throw new IllegalArgumentException("key must be " + KEY_RULE);
    }
    return key;
  }

  // The state may also hold what somebody else put there.
  private static String text(JsonValue value) {
    return value instanceof JsonString text ? text.getString() : value.toString();
  }
}
