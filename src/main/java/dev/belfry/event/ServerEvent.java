package dev.belfry.event;

import static java.util.Objects.requireNonNull;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;

/**
 * Something that happened on the server and that clients should hear of, in the form of a JSON-RPC
 * notification.
 *
 * @param method what happened, for example {@code notifications/tools/list_changed}; not blank, no
 *     control characters, at most {@value #MAX_METHOD} characters
 * @param params the details; empty if there are none
 */
public record ServerEvent(String method, JsonObject params) {

  /** The longest method, in characters: methods appear in logs. */
  public static final int MAX_METHOD = 255;

  public ServerEvent {
    if (requireNonNull(method, "method").isBlank()
        || method.length() > MAX_METHOD
        || method.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "An event's method must not be blank, longer than %d characters, or hold control characters"
              .formatted(MAX_METHOD));
    }
    requireNonNull(params, "params");
  }

  /** An event without details. */
  public static ServerEvent of(String method) {
    return new ServerEvent(method, JsonValue.EMPTY_JSON_OBJECT);
  }

  /** An event with details. */
  public static ServerEvent of(String method, JsonObject params) {
    return new ServerEvent(method, params);
  }
}
