package dev.belfry.conformance;

import static jakarta.json.Json.createObjectBuilder;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** All resources. */
final class Resources {

  private static final Pattern TEMPLATE = Pattern.compile("test://template/([\\w-]+)/data");

  private static final Map<String, JsonObject> BY_URI =
      new TreeMap<>(
          Map.of(
              "test://static-text",
              Content.textResource(
                  "test://static-text",
                  "text/plain",
                  "This is the content of the static text resource."),
              "test://watched-resource",
              Content.textResource("test://watched-resource", "text/plain", "Watched"),
              "test://static-binary",
              createObjectBuilder()
                  .add("uri", "test://static-binary")
                  .add("mimeType", "image/png")
                  .add("blob", Content.PNG)
                  .build()));

  private Resources() {}

  static JsonObject list() {
    return createObjectBuilder()
        .add(
            "resources",
            Content.array(
                BY_URI.values().stream().map(Resources::described).toArray(JsonValue[]::new)))
        .build();
  }

  private static JsonObject described(JsonObject resource) {
    return createObjectBuilder()
        .add("uri", resource.get("uri"))
        .add("name", resource.getString("uri").substring("test://".length()))
        .add("description", "A resource for testing")
        .add("mimeType", resource.get("mimeType"))
        .build();
  }

  static JsonObject templates() {
    JsonObject template =
        createObjectBuilder()
            .add("uriTemplate", "test://template/{id}/data")
            .add("name", "template")
            .add("description", "A resource per id")
            .add("mimeType", "application/json")
            .build();
    return createObjectBuilder().add("resourceTemplates", Content.array(template)).build();
  }

  static JsonObject read(Call call) {
    String uri = call.text("uri");
    Matcher templated = TEMPLATE.matcher(uri);
    JsonObject resource = templated.matches() ? data(uri, templated.group(1)) : BY_URI.get(uri);
    if (resource == null) {
      throw RpcException.invalidParams(
          "Resource not found", createObjectBuilder().add("uri", uri).build());
    }
    return createObjectBuilder().add("contents", Content.array(resource)).build();
  }

  private static JsonObject data(String uri, String id) {
    JsonObject data =
        createObjectBuilder()
            .add("id", id)
            .add("templateTest", true)
            .add("data", "Data for ID: " + id)
            .build();
    return Content.textResource(uri, "application/json", data.toString());
  }
}
