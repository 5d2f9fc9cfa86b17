package dev.belfry.session;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;

/**
 * The rules for a session's state: what every store can keep exactly. JSON allows strings that
 * PostgreSQL's {@code jsonb} refuses; all stores refuse them, with the member's name, before
 * anything is written.
 */
public final class SessionState {

  /** How deeply objects and arrays may be nested; JSON readers give up at 1,000. */
  public static final int MAX_DEPTH = 500;

  private SessionState() {}

  /**
   * Returns {@code state}.
   *
   * @throws IllegalArgumentException if a string or a member's name in it, at any depth, holds
   *     U+0000 or half a surrogate pair; the message names the member
   */
  public static JsonObject requireStorable(JsonObject state) {
    check(state, "state", 1);
    return state;
  }

  private static void check(JsonValue value, String path, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException("The state is nested more than " + MAX_DEPTH + " deep");
    }
    switch (value.getValueType()) {
      case OBJECT -> {
        JsonObject object = value.asJsonObject();
        object.forEach(
            (name, member) -> {
              checkText(name, "The name of a member of " + path);
              check(member, path + "." + name, depth + 1);
            });
      }
      case ARRAY -> {
        JsonArray array = value.asJsonArray();
        for (int index = 0; index < array.size(); index++) {
          check(array.get(index), path + "[" + index + "]", depth + 1);
        }
      }
      case STRING -> checkText(((JsonString) value).getString(), path);
      case NUMBER, TRUE, FALSE, NULL -> {}
    }
  }

  private static void checkText(String text, String where) {
    for (int index = 0; index < text.length(); index++) {
      char character = text.charAt(index);
      if (character == '\0') {
        throw new IllegalArgumentException(
            where + " holds the character U+0000, which PostgreSQL cannot store");
      }
      if (Character.isHighSurrogate(character)
          && index + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(index + 1))) {
        index++;
      } else if (Character.isSurrogate(character)) {
        throw new IllegalArgumentException(
            where + " holds half a surrogate pair, which is no Unicode text");
      }
    }
  }
}
