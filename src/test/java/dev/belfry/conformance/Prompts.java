package dev.belfry.conformance;

import static jakarta.json.Json.createObjectBuilder;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** All prompts. */
final class Prompts {

  private static final List<Prompt> ALL =
      List.of(
          new Prompt(
              "test_simple_prompt",
              List.of(),
              call -> Content.messages(Content.text("This is a simple prompt for testing."))),
          new Prompt(
              "test_prompt_with_arguments",
              List.of("arg1", "arg2"),
              call ->
                  Content.messages(
                      Content.text(
                          "Prompt with arguments: arg1='%s', arg2='%s'"
                              .formatted(call.argument("arg1"), call.argument("arg2"))))),
          new Prompt(
              "test_prompt_with_embedded_resource",
              List.of("resourceUri"),
              call ->
                  Content.messages(
                      Content.resource(
                          call.argument("resourceUri"),
                          "text/plain",
                          "Embedded resource content for testing."),
                      Content.text("Please process the embedded resource above."))),
          new Prompt(
              "test_prompt_with_image",
              List.of(),
              call ->
                  Content.messages(
                      Content.image(), Content.text("Please analyze the image above."))),
          new Prompt("test_input_required_result_prompt", List.of(), Prompts::inContext));

  private Prompts() {}

  private record Prompt(String name, List<String> arguments, Function<Call, JsonObject> messages) {

    JsonObject toJson() {
      return createObjectBuilder()
          .add("name", name)
          .add("description", "A prompt for testing")
          .add(
              "arguments",
              Content.array(arguments.stream().map(Prompt::required).toArray(JsonValue[]::new)))
          .build();
    }

    private static JsonObject required(String argument) {
      return createObjectBuilder()
          .add("name", argument)
          .add("description", "An argument for testing")
          .add("required", true)
          .build();
    }
  }

  static JsonObject list() {
    return createObjectBuilder()
        .add("prompts", Content.array(ALL.stream().map(Prompt::toJson).toArray(JsonValue[]::new)))
        .build();
  }

  static JsonObject get(Call call) {
    String name = call.text("name");
    return ALL.stream()
        .filter(prompt -> prompt.name().equals(name))
        .findFirst()
        .orElseThrow(() -> RpcException.invalidParams("Unknown prompt"))
        .messages()
        .apply(call);
  }

  private static JsonObject inContext(Call call) {
    InputRequired required =
        new InputRequired()
            .elicit(
                "user_context", "What context should the prompt use?", Content.schema("context"));
    return required.isAnsweredBy(call)
        ? Content.messages(
            Content.text("In context: " + InputRequired.entered(call, "user_context", "context")))
        : required.result();
  }

  /** Suggests what an argument could be. */
  static JsonObject complete(Call call) {
    String begun = Call.object(call.params(), "argument").getString("value", "");
    var values = createObjectBuilder();
    return createObjectBuilder()
        .add(
            "completion",
            values
                .add(
                    "values",
                    Content.array(
                        Stream.of("paris", "park", "party", "test")
                            .filter(word -> word.startsWith(begun))
                            .map(jakarta.json.Json::createValue)
                            .toArray(JsonValue[]::new)))
                .add("hasMore", false))
        .build();
  }
}
