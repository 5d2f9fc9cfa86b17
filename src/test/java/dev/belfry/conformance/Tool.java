package dev.belfry.conformance;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.util.function.BiFunction;

/**
 * A tool.
 *
 * @param answer gives the result
 */
record Tool(
    String name,
    String description,
    JsonObject inputSchema,
    BiFunction<Call, Conversation, JsonObject> answer) {

  /** One without arguments that always gives the same. */
  static Tool fixed(String name, String description, JsonObject... contents) {
    return new Tool(
        name, description, Content.schema(), (call, conversation) -> Content.of(contents));
  }

  /** One without arguments. */
  static Tool of(
      String name, String description, BiFunction<Call, Conversation, JsonObject> answer) {
    return new Tool(name, description, Content.schema(), answer);
  }

  JsonObject toJson() {
    return Json.createObjectBuilder()
        .add("name", name)
        .add("description", description)
        .add("inputSchema", inputSchema)
        .build();
  }
}
