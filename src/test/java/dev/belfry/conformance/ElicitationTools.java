package dev.belfry.conformance;

import static jakarta.json.Json.createObjectBuilder;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.util.List;

/** Tools that ask the user something in the middle: in revisions with sessions. */
final class ElicitationTools {

  private static final String DEFAULTS =
      """
      {"type":"object","required":[],"properties":{
        "name":{"type":"string","description":"A name","default":"John Doe"},
        "age":{"type":"integer","description":"An age","default":30},
        "score":{"type":"number","description":"A score","default":95.5},
        "status":{"type":"string","description":"A status",
          "enum":["active","inactive","pending"],"default":"active"},
        "verified":{"type":"boolean","description":"Whether that is sure","default":true}}}
      """;

  private static final String ENUMS =
      """
      {"type":"object","required":[],"properties":{
        "untitledSingle":{"type":"string","description":"One of three",
          "enum":["option1","option2","option3"]},
        "titledSingle":{"type":"string","description":"One of three, with titles","oneOf":[
          {"const":"value1","title":"First Option"},
          {"const":"value2","title":"Second Option"},
          {"const":"value3","title":"Third Option"}]},
        "legacyEnum":{"type":"string","description":"One of three, the old way",
          "enum":["opt1","opt2","opt3"],"enumNames":["Option One","Option Two","Option Three"]},
        "untitledMulti":{"type":"array","description":"Some of three","minItems":1,"maxItems":3,
          "items":{"type":"string","enum":["option1","option2","option3"]}},
        "titledMulti":{"type":"array","description":"Some of three, with titles",
          "minItems":1,"maxItems":3,"items":{"anyOf":[
            {"const":"value1","title":"First Choice"},
            {"const":"value2","title":"Second Choice"},
            {"const":"value3","title":"Third Choice"}]}}}}
      """;

  private ElicitationTools() {}

  static List<Tool> all() {
    return List.of(
        new Tool(
            "test_elicitation",
            "Asks the user for a name and an address",
            Content.schema("message"),
            (call, conversation) -> {
              JsonObject answer = ask(call, conversation, call.argument("message"), userSchema());
              return Content.of(
                  Content.text(
                      "User response: action=%s, content=%s"
                          .formatted(answer.getString("action", ""), answer.get("content"))));
            }),
        Tool.of(
            "test_elicitation_sep1034_defaults",
            "Asks with defaults",
            (call, conversation) -> completed(ask(call, conversation, "Details?", read(DEFAULTS)))),
        Tool.of(
            "test_elicitation_sep1330_enums",
            "Asks with choices",
            (call, conversation) -> completed(ask(call, conversation, "Which?", read(ENUMS)))));
  }

  private static JsonObject ask(
      Call call, Conversation conversation, String message, JsonObject schema) {
    call.requireCapability("elicitation");
    return conversation.ask("elicitation/create", request(message, schema));
  }

  /** The parameters of an elicitation. */
  static JsonObject request(String message, JsonObject schema) {
    return createObjectBuilder()
        .add("mode", "form")
        .add("message", message)
        .add("requestedSchema", schema)
        .build();
  }

  private static JsonObject completed(JsonObject answer) {
    return Content.of(
        Content.text(
            "Elicitation completed: action=%s, content=%s"
                .formatted(answer.getString("action", ""), answer.get("content"))));
  }

  private static JsonObject userSchema() {
    return createObjectBuilder()
        .add("type", "object")
        .add(
            "properties",
            createObjectBuilder()
                .add("username", described("User's response"))
                .add("email", described("User's email address")))
        .add("required", Content.array(Json.createValue("username"), Json.createValue("email")))
        .build();
  }

  private static JsonValue described(String description) {
    return createObjectBuilder().add("type", "string").add("description", description).build();
  }

  private static JsonObject read(String json) {
    return Json.createReader(new StringReader(json)).readObject();
  }
}
