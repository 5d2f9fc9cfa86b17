package dev.belfry.session;

import jakarta.json.JsonArray;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.math.BigDecimal;
import java.util.Optional;

/**
 * The rules for a session's state: what every store can keep exactly. JSON allows strings that
 * PostgreSQL's {@code jsonb} refuses, and numbers that cannot be read back; all stores refuse them,
 * with the member's name, before anything is written.
 */
public final class SessionState {

  /** How deeply objects and arrays may be nested; JSON readers give up at 1,000. */
  public static final int MAX_DEPTH = 500;

  /** How long a number may be, written out in digits; JSON readers give up at 1,100. */
  public static final int MAX_DIGITS = 1_000;

  private SessionState() {}

  /**
   * Returns {@code state}.
   *
   * @throws IllegalArgumentException if it is nested more than {@value #MAX_DEPTH} deep, if a
   *     number in it takes more than {@value #MAX_DIGITS} digits, or if a string or a member's name
   *     in it, at any depth, holds U+0000 or half a surrogate pair; the message names the member
   */
  public static JsonObject requireStorable(JsonObject state) {
    check(state, new Path(Optional.empty(), "state"), 1);
    return state;
  }

  private static void check(JsonValue value, Path path, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException("The state is nested more than " + MAX_DEPTH + " deep");
    }
    switch (value.getValueType()) {
      case OBJECT -> checkObject(value.asJsonObject(), path, depth);
      case ARRAY -> checkArray(value.asJsonArray(), path, depth);
      case STRING -> checkText(((JsonString) value).getString(), path);
      case NUMBER -> checkNumber(((JsonNumber) value).bigDecimalValue(), path);
      case TRUE, FALSE, NULL -> {}
    }
  }

  private static void checkObject(JsonObject object, Path path, int depth) {
    object.forEach(
        (name, member) -> {
          checkText(name, path);
          check(member, new Path(Optional.of(path), "." + name), depth + 1);
        });
  }

  private static void checkArray(JsonArray array, Path path, int depth) {
    for (int index = 0; index < array.size(); index++) {
      check(array.get(index), new Path(Optional.of(path), "[" + index + "]"), depth + 1);
    }
  }

  // PostgreSQL writes numbers out: 1E+2000 comes back as 2,001 digits.
  private static void checkNumber(BigDecimal number, Path path) {
    long integerDigits = (long) number.precision() - number.scale();
    long digits = Math.max(integerDigits, 1) + Math.max(number.scale(), 0);
    if (digits > MAX_DIGITS) {
      throw new IllegalArgumentException(
          path + " is a number of more than " + MAX_DIGITS + " digits");
    }
  }

  private static void checkText(String text, Path path) {
    for (int index = 0; index < text.length(); index++) {
      char character = text.charAt(index);
      if (character == '\0') {
        throw new IllegalArgumentException(
            path + " holds the character U+0000, which PostgreSQL cannot store");
      }
      if (Character.isHighSurrogate(character)
          && index + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(index + 1))) {
        index++;
      } else if (Character.isSurrogate(character)) {
        throw new IllegalArgumentException(
            path + " holds half a surrogate pair, which is no Unicode text");
      }
    }
  }

  /** Where in the state something is; put into words only when something is wrong there. */
  private record Path(Optional<Path> parent, String step) {
    @Override
    public String toString() {
      return parent.map(Path::toString).orElse("") + step;
    }
  }
}
