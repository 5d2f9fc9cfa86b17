package dev.belfry.conformance;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.util.stream.Stream;

/** Pieces of results. */
final class Content {

  /** One red pixel. */
  static final String PNG =
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==";

  /** No sound, in a RIFF header. */
  static final String WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

  private Content() {}

  static JsonObject text(String text) {
    return Json.createObjectBuilder().add("type", "text").add("text", text).build();
  }

  static JsonObject image() {
    return binary("image", PNG, "image/png");
  }

  static JsonObject audio() {
    return binary("audio", WAV, "audio/wav");
  }

  private static JsonObject binary(String type, String data, String mimeType) {
    return Json.createObjectBuilder()
        .add("type", type)
        .add("data", data)
        .add("mimeType", mimeType)
        .build();
  }

  static JsonObject resource(String uri, String mimeType, String text) {
    return Json.createObjectBuilder()
        .add("type", "resource")
        .add("resource", textResource(uri, mimeType, text))
        .build();
  }

  static JsonObject textResource(String uri, String mimeType, String text) {
    return Json.createObjectBuilder()
        .add("uri", uri)
        .add("mimeType", mimeType)
        .add("text", text)
        .build();
  }

  /** The result of a tool. */
  static JsonObject of(JsonObject... contents) {
    return Json.createObjectBuilder().add("content", array(contents)).build();
  }

  /** The same where the tool has failed. */
  static JsonObject failure(String text) {
    return Json.createObjectBuilder()
        .add("content", array(text(text)))
        .add("isError", true)
        .build();
  }

  /** The result of a prompt: all said by the user. */
  static JsonObject messages(JsonObject... contents) {
    return Json.createObjectBuilder()
        .add("messages", array(Stream.of(contents).map(Content::byUser).toArray(JsonObject[]::new)))
        .build();
  }

  static JsonObject byUser(JsonObject content) {
    return Json.createObjectBuilder().add("role", "user").add("content", content).build();
  }

  /** A JSON schema of an object with texts, all of which are required. */
  static JsonObject schema(String... texts) {
    var properties = Json.createObjectBuilder();
    Stream.of(texts)
        .forEach(name -> properties.add(name, Json.createObjectBuilder().add("type", "string")));
    var schema = Json.createObjectBuilder().add("type", "object").add("properties", properties);
    return texts.length == 0
        ? schema.build()
        : schema
            .add(
                "required",
                array(Stream.of(texts).map(Json::createValue).toArray(JsonValue[]::new)))
            .build();
  }

  static JsonValue array(JsonValue... values) {
    var array = Json.createArrayBuilder();
    Stream.of(values).forEach(array::add);
    return array.build();
  }
}
