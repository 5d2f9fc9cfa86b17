package dev.belfry.sse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import jakarta.json.spi.JsonProvider;

/**
 * A notification for those who asked for it with {@code subscriptions/listen}: encoded once, but
 * for the id of the subscription, which every client has of its own.
 *
 * @param before what comes before the id; shared, never to be changed
 * @param after what comes after it; as that
 */
// Arrays, though compared by identity: nobody compares frames.
@SuppressWarnings("ArrayRecordComponent")
record SubscribedFrame(String method, JsonObject params, byte[] before, byte[] after) {

  private static final JsonProvider JSON = JsonProvider.provider();

  /** What says in {@code _meta} to which subscription a message belongs. */
  static final String SUBSCRIPTION_ID = "io.modelcontextprotocol/subscriptionId";

  private static final String META = "_meta";

  SubscribedFrame {
    requireNonNull(method, "method");
    requireNonNull(params, "params");
    requireNonNull(before, "before");
    requireNonNull(after, "after");
  }

  static SubscribedFrame of(String method, JsonObject params) {
    JsonObject meta =
        params.get(META) instanceof JsonObject object ? object : JsonValue.EMPTY_JSON_OBJECT;
    String before =
        "data: {\"jsonrpc\":\"2.0\",\"method\":%s,\"params\":{\"%s\":{\"%s\":"
            .formatted(JSON.createValue(method), META, SUBSCRIPTION_ID);
    String after = membersBut(SUBSCRIPTION_ID, meta) + "}" + membersBut(META, params) + "}}\n\n";
    return new SubscribedFrame(method, params, before.getBytes(UTF_8), after.getBytes(UTF_8));
  }

  // With a comma before each: they come after another one.
  private static String membersBut(String name, JsonObject object) {
    JsonObject others = JSON.createObjectBuilder(object).remove(name).build();
    String text = others.toString();
    return others.isEmpty() ? "" : "," + text.substring(1, text.length() - 1);
  }

  /**
   * The whole frame.
   *
   * @param subscriptionId as JSON
   */
  byte[] in(byte[] subscriptionId) {
    return Frames.inOne(before, subscriptionId, after);
  }
}
