package dev.belfry.event;

import static java.util.Objects.requireNonNull;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;

/**
 * Something that happened on the server and that clients should hear of, in the form of a JSON-RPC
 * notification.
 *
 * @param method what happened, for example {@code notifications/tools/list_changed}; not blank
 * @param params the details; empty if there are none
 */
public record ServerEvent(String method, JsonObject params) {

  public ServerEvent {
    if (requireNonNull(method, "method").isBlank()) {
      throw new IllegalArgumentException("An event's method must not be blank");
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
