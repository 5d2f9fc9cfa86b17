package dev.belfry.container;

import jakarta.json.Json;
import jakarta.json.JsonBuilderFactory;
import jakarta.json.JsonObject;
import jakarta.json.JsonReaderFactory;
import jakarta.json.JsonString;
import java.io.StringReader;
import java.util.Map;

/**
 * An event that can be told from all others, and from what it is not.
 *
 * @param key its own alone
 * @param length of a text that the key determines
 */
record TestEvent(String key, int length) {

  private static final String METHOD = "test/numbered";

  // Json's own methods look for a provider each time, which takes longer than all the rest.
  private static final JsonReaderFactory READERS = Json.createReaderFactory(Map.of());
  private static final JsonBuilderFactory BUILDERS = Json.createBuilderFactory(Map.of());

  /** What is posted. */
  String body() {
    return BUILDERS
        .createObjectBuilder()
        .add("method", METHOD)
        .add("params", params())
        .build()
        .toString();
  }

  private JsonObject params() {
    return BUILDERS.createObjectBuilder().add("key", key).add("text", text()).build();
  }

  private String text() {
    // Some of its characters have two bytes: who mistakes one for the other is found out.
    return (key + "ü").repeat(length / (key.length() + 1) + 1).substring(0, length);
  }

  /**
   * The key of what a stream shows.
   *
   * @param data a JSON-RPC notification
   * @return all of the data if it is not, letter by letter, a numbered event
   */
  static String key(String data) {
    JsonObject notification = READERS.createReader(new StringReader(data)).readObject();
    if (notification.get("params") instanceof JsonObject params
        && params.get("key") instanceof JsonString key
        && params.get("text") instanceof JsonString text
        && notification.getString("method", "").equals(METHOD)
        && text.getString()
            .equals(new TestEvent(key.getString(), text.getString().length()).text())) {
      return key.getString();
    }
    return data;
  }
}
