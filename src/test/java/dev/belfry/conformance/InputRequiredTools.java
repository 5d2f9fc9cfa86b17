package dev.belfry.conformance;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/** Tools that need something of the user, in the revision without sessions. */
final class InputRequiredTools {

  private static final String PREFIX = "test_input_required_result_";

  private InputRequiredTools() {}

  static List<Tool> all() {
    return List.of(
        asking("elicitation", InputRequiredTools::name, InputRequiredTools::greeting),
        asking(
            "sampling",
            () -> new InputRequired().sample("capital_question", "What is the capital of France?"),
            call -> "It is known now"),
        asking(
            "list_roots",
            () -> new InputRequired().roots("client_roots"),
            call -> "Roots are known"),
        asking("request_state", () -> confirmation().remember("confirm"), call -> "state-ok"),
        asking("tampered_state", () -> confirmation().remember("confirm"), call -> "state-ok"),
        asking(
            "multiple_inputs",
            () ->
                name()
                    .sample("greeting", "Generate a greeting")
                    .roots("client_roots")
                    .remember("all"),
            call -> "All is known"),
        Tool.of(PREFIX + "multi_round", "Asks twice", InputRequiredTools::multiRound),
        Tool.of(
            PREFIX + "capabilities",
            "Asks what the client can answer",
            (call, conversation) ->
                name().sample("greeting", "Generate a greeting").onlyWhatCanBeDone(call).result()),
        Tool.of(
            "test_streaming_elicitation",
            "Says something, then asks",
            (call, conversation) -> {
              conversation.tell("notifications/progress", begun());
              return name().result();
            }));
  }

  private static Tool asking(
      String name, Supplier<InputRequired> questions, Function<Call, String> answer) {
    return Tool.of(
        PREFIX + name,
        "Asks before it answers",
        (call, conversation) -> {
          InputRequired required = questions.get();
          return required.isAnsweredBy(call) && required.isRememberedBy(call)
              ? Content.of(Content.text(answer.apply(call)))
              : required.result();
        });
  }

  private static JsonObject multiRound(Call call, Conversation conversation) {
    return switch (RequestState.of(call).orElse("")) {
      case "first" ->
          new InputRequired()
              .elicit("step2", "Step 2: What is your favorite color?", Content.schema("color"))
              .remember("second")
              .result();
      case "second" -> Content.of(Content.text("Both are known"));
      default ->
          new InputRequired()
              .elicit("step1", "Step 1: What is your name?", Content.schema("name"))
              .remember("first")
              .result();
    };
  }

  private static InputRequired name() {
    return new InputRequired().elicit("user_name", "What is your name?", Content.schema("name"));
  }

  private static String greeting(Call call) {
    return "Hello, " + InputRequired.entered(call, "user_name", "name") + "!";
  }

  private static JsonObject begun() {
    return Json.createObjectBuilder().add("progressToken", "streaming").add("progress", 0).build();
  }

  private static InputRequired confirmation() {
    JsonObject schema =
        Json.createObjectBuilder()
            .add("type", "object")
            .add(
                "properties",
                Json.createObjectBuilder()
                    .add("ok", Json.createObjectBuilder().add("type", "boolean")))
            .add("required", Json.createArrayBuilder().add("ok"))
            .build();
    return new InputRequired().elicit("confirm", "Please confirm", schema);
  }
}
