package dev.belfry.conformance;

import static jakarta.json.Json.createObjectBuilder;

import dev.belfry.event.Broadcaster;
import dev.belfry.event.ServerEvent;
import dev.belfry.http.CurrentSession;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All tools, in the order in which they are listed. */
@ApplicationScoped
public class Tools {

  @Inject private Broadcaster broadcaster;
  @Inject private CurrentSession session;

  private final Map<String, Tool> byName =
      Stream.of(simple(), talking(), triggers(), InputRequiredTools.all(), ElicitationTools.all())
          .flatMap(List::stream)
          .collect(Collectors.toMap(Tool::name, Function.identity()));

  JsonObject list() {
    return createObjectBuilder()
        .add(
            "tools",
            Content.array(
                byName.values().stream()
                    .map(Tool::toJson)
                    .sorted(
                        (one, other) -> one.getString("name").compareTo(other.getString("name")))
                    .toArray(JsonValue[]::new)))
        .build();
  }

  JsonObject call(Call call, Conversation conversation) {
    Tool tool = byName.get(call.text("name"));
    if (tool == null) {
      throw RpcException.invalidParams("Unknown tool");
    }
    return tool.answer().apply(call, conversation);
  }

  private static List<Tool> simple() {
    return List.of(
        Tool.fixed(
            "test_simple_text",
            "Gives a text",
            Content.text("This is a simple text response for testing.")),
        Tool.fixed("test_image_content", "Gives an image", Content.image()),
        Tool.fixed("test_audio_content", "Gives a sound", Content.audio()),
        Tool.fixed(
            "test_embedded_resource",
            "Gives a resource",
            Content.resource(
                "test://embedded-resource", "text/plain", "This is an embedded resource content.")),
        Tool.fixed(
            "test_multiple_content_types",
            "Gives several kinds",
            Content.text("Multiple content types test:"),
            Content.image(),
            Content.resource(
                "test://mixed-content-resource",
                "application/json",
                "{\"test\":\"data\",\"value\":123}")),
        Tool.of(
            "test_error_handling",
            "Always fails",
            (call, conversation) ->
                Content.failure("This tool intentionally returns an error for testing")));
  }

  private List<Tool> talking() {
    return List.of(
        Tool.of("test_tool_with_logging", "Logs what it does", this::log),
        Tool.of("test_logging_tool", "Logs if it is asked to", this::log),
        Tool.of("test_tool_with_progress", "Reports how far it is", Tools::progress),
        new Tool(
            "test_sampling", "Asks the client's model", Content.schema("prompt"), Tools::sample),
        Tool.of(
            "test_missing_capability",
            "Needs a model of the client's",
            (call, conversation) -> {
              call.requireCapability("sampling");
              return Content.of(Content.text("The client has one"));
            }));
  }

  private JsonObject log(Call call, Conversation conversation) {
    if (LogLevel.ofRequest(call, session).includes(LogLevel.INFO)) {
      Stream.of("Tool execution started", "Tool processing data", "Tool execution completed")
          .forEach(
              line ->
                  conversation.tell(
                      "notifications/message",
                      createObjectBuilder().add("level", "info").add("data", line).build()));
    }
    return Content.of(Content.text("Logged"));
  }

  private static JsonObject progress(Call call, Conversation conversation) {
    JsonValue token = call.meta().get("progressToken");
    if (token != null) {
      Stream.of(0, 50, 100)
          .forEach(
              progress ->
                  conversation.tell(
                      "notifications/progress",
                      createObjectBuilder()
                          .add("progressToken", token)
                          .add("progress", progress)
                          .add("total", 100)
                          .build()));
    }
    return Content.of(Content.text("Done"));
  }

  private static JsonObject sample(Call call, Conversation conversation) {
    call.requireCapability("sampling");
    JsonObject answer =
        conversation.ask(
            "sampling/createMessage",
            createObjectBuilder()
                .add(
                    "messages",
                    Content.array(Content.byUser(Content.text(call.argument("prompt")))))
                .add("maxTokens", 100)
                .build());
    return Content.of(
        Content.text("LLM response: " + Call.object(answer, "content").getString("text", "")));
  }

  private List<Tool> triggers() {
    return List.of(
        trigger("test_trigger_tool_change", "notifications/tools/list_changed"),
        trigger("test_trigger_prompt_change", "notifications/prompts/list_changed"),
        new Tool(
            "update_resource",
            "Says that a resource has changed",
            Content.schema("uri"),
            (call, conversation) ->
                published(
                    ServerEvent.of(
                        "notifications/resources/updated",
                        Json.createObjectBuilder().add("uri", call.argument("uri")).build()))));
  }

  private Tool trigger(String name, String method) {
    return Tool.of(
        name,
        "Says that a list has changed",
        (call, conversation) -> published(ServerEvent.of(method)));
  }

  private JsonObject published(ServerEvent event) {
    broadcaster.publish(event);
    return Content.of(Content.text("Published"));
  }
}
