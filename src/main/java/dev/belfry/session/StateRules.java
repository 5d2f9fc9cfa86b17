package dev.belfry.session;

import static java.util.Objects.requireNonNull;

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
public final class StateRules {

  /** What no member of a state may be called: it marks states that are encrypted. */
  public static final String RESERVED_MEMBER = "$belfry";

  /** The longest owner, in characters: owners are indexed. */
  public static final int MAX_TEXT = 512;

  /** How deeply objects and arrays may be nested; JSON readers give up at 1,000. */
  public static final int MAX_DEPTH = 500;

  /** How long a number may be, written out in digits; JSON readers give up at 1,100. */
  public static final int MAX_DIGITS = 1_000;

  /** How much of what was negotiated with a client can be stored, as JSON in UTF-8. */
  public static final int MAX_NEGOTIATED_BYTES = 65_536;

  private StateRules() {}

  /**
   * Returns {@code state}.
   *
   * @throws IllegalArgumentException if it is nested more than {@value #MAX_DEPTH} deep, if a
   *     number in it takes more than {@value #MAX_DIGITS} digits, or if a string or a member's name
   *     in it, at any depth, holds U+0000 or half a surrogate pair; the message names the member
   */
  public static JsonObject requireStorable(JsonObject state) {
    requireUnmarked("state", state);
    requireStorable("state", state);
    return state;
  }

  /**
   * Returns {@code negotiated}, which was agreed on with the client of a session.
   *
   * @throws IllegalArgumentException if it breaks a rule of {@link #requireStorable(JsonObject)},
   *     or takes more than {@value #MAX_NEGOTIATED_BYTES} bytes as JSON with its numbers written
   *     out
   */
  public static JsonObject requireNegotiated(JsonObject negotiated) {
    requireStorable("negotiated", negotiated);
    requireUnmarked("negotiated", negotiated);
    long bytes = utf8Length(negotiated.toString()) + writtenOut(negotiated);
    if (bytes > MAX_NEGOTIATED_BYTES) {
      throw new IllegalArgumentException(
          "negotiated would take %d bytes; at most %d are possible"
              .formatted(bytes, MAX_NEGOTIATED_BYTES));
    }
    return negotiated;
  }

  private static void requireUnmarked(String name, JsonObject object) {
    if (object.containsKey(RESERVED_MEMBER)) {
      throw new IllegalArgumentException(
          "The %s must not have a member %s, which marks what is encrypted; use another name"
              .formatted(name, RESERVED_MEMBER));
    }
  }

  /**
   * Returns {@code text}, of which there are more in a session than its state.
   *
   * @param name what the messages call it
   * @throws IllegalArgumentException if it holds U+0000 or half a surrogate pair, or has more than
   *     {@value #MAX_TEXT} characters
   */
  public static String requireText(String name, String text) {
    if (requireNonNull(text, name).length() > MAX_TEXT) {
      throw new IllegalArgumentException(
          "%s has %d characters; at most %d are possible".formatted(name, text.length(), MAX_TEXT));
    }
    checkText(text, new Path(Optional.empty(), name));
    return text;
  }

  /**
   * Returns {@code value}, which is to become part of a state or to be compared with it.
   *
   * @param name what the messages call it
   * @throws IllegalArgumentException if it breaks a rule of {@link #requireStorable(JsonObject)}
   */
  public static JsonValue requireStorable(String name, JsonValue value) {
    check(requireNonNull(value, name), new Path(Optional.empty(), name), 1);
    return value;
  }

  /**
   * Returns {@code json}.
   *
   * @param id the session that it is the state of
   * @param json a state, written out
   * @param limit how many bytes of UTF-8 it may take
   * @throws StateTooLargeException if it takes more
   */
  public static String requireSize(String id, String json, int limit) {
    // No character takes more than three bytes: most states need no counting.
    if (json.length() > limit / 3) {
      long bytes = utf8Length(json);
      if (bytes > limit) {
        throw new StateTooLargeException(id, bytes, limit);
      }
    }
    return json;
  }

  /**
   * Sees to it that a state is not too large as it is stored, with its numbers written out: 1E+900
   * takes 901 bytes.
   *
   * @param id the session that it is the state of
   * @param limit how many bytes of UTF-8 it may take, as JSON without blanks
   * @throws StateTooLargeException if it takes more
   */
  public static void requireSize(String id, JsonObject state, int limit) {
    String json = requireSize(id, state.toString(), limit);
    if (json.indexOf('E') >= 0) {
      long bytes = utf8Length(json) + writtenOut(state);
      if (bytes > limit) {
        throw new StateTooLargeException(id, bytes, limit);
      }
    }
  }

  /** How many more characters the numbers take without exponents. */
  private static long writtenOut(JsonValue value) {
    return switch (value.getValueType()) {
      case OBJECT -> value.asJsonObject().values().stream().mapToLong(StateRules::writtenOut).sum();
      case ARRAY -> value.asJsonArray().stream().mapToLong(StateRules::writtenOut).sum();
      case NUMBER -> {
        BigDecimal number = ((JsonNumber) value).bigDecimalValue();
        yield Math.max(0, number.toPlainString().length() - value.toString().length());
      }
      case STRING, TRUE, FALSE, NULL -> 0;
    };
  }

  private static long utf8Length(String text) {
    long bytes = 0;
    for (int index = 0; index < text.length(); index++) {
      char character = text.charAt(index);
      if (character < 0x80) {
        bytes += 1;
      } else if (character < 0x800 || Character.isSurrogate(character)) {
        // A pair of surrogates takes four bytes.
        bytes += 2;
      } else {
        bytes += 3;
      }
    }
    return bytes;
  }

  private static void check(JsonValue value, Path path, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException(
          "The " + path.root() + " is nested more than " + MAX_DEPTH + " deep");
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

    String root() {
      Path path = this;
      while (path.parent().isPresent()) {
        path = path.parent().get();
      }
      return path.step();
    }

    @Override
    public String toString() {
      return parent.map(Path::toString).orElse("") + step;
    }
  }
}
