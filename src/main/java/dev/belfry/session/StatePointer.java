package dev.belfry.session;

import static java.util.Objects.requireNonNull;

import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import jakarta.json.spi.JsonProvider;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A place in a state: a JSON pointer (RFC 6901), but not the root's.
 *
 * @param text as it was given
 * @param tokens its steps, unescaped; at least one
 */
record StatePointer(String text, List<String> tokens) {

  private static final JsonProvider JSON = JsonProvider.provider();

  private static final int MAX_LENGTH = 1_000;
  private static final int MAX_TOKENS = 100;
  private static final int SHOWN_CHARACTERS = 50;

  private static final Pattern SYNTAX = Pattern.compile("(/([^~/]|~[01])*+)++");

  /** As RFC 6901 has it: no leading zeros. Longer ones would be beyond any array. */
  private static final Pattern INDEX = Pattern.compile("0|[1-9][0-9]{0,8}");

  private static final String PAST_THE_END = "-";

  StatePointer {
    requireNonNull(text, "text");
    tokens = List.copyOf(tokens);
  }

  /**
   * Reads a pointer.
   *
   * @throws IllegalArgumentException if it is none, or none that a state could have
   */
  static StatePointer parse(String pointer) {
    if (requireNonNull(pointer, "pointer").length() > MAX_LENGTH) {
      throw refused(
          pointer.substring(0, SHOWN_CHARACTERS) + "…",
          "has more than %d characters".formatted(MAX_LENGTH));
    }
    if (!SYNTAX.matcher(pointer).matches()) {
      throw refused(
          pointer,
          "is none: it begins with '/', and has '~' only as '~0' (for ~) and '~1' (for /)");
    }
    StateRules.requireStorable("pointer", JSON.createValue(pointer));
    List<String> tokens =
        Stream.of(pointer.substring(1).split("/", -1))
            .map(token -> token.replace("~1", "/").replace("~0", "~"))
            .toList();
    if (tokens.size() > MAX_TOKENS) {
      throw refused(pointer, "has more than %d steps".formatted(MAX_TOKENS));
    }
    return new StatePointer(pointer, tokens);
  }

  private static IllegalArgumentException refused(String pointer, String reason) {
    return new IllegalArgumentException("The JSON pointer \"%s\" %s".formatted(pointer, reason));
  }

  /** What is at this place; empty if there is no such place. */
  Optional<JsonValue> valueIn(JsonObject state) {
    Optional<JsonValue> value = Optional.of(state);
    for (String token : tokens) {
      value = value.flatMap(container -> child(container, token));
    }
    return value;
  }

  private static Optional<JsonValue> child(JsonValue container, String token) {
    return switch (container.getValueType()) {
      case OBJECT -> Optional.ofNullable(container.asJsonObject().get(token));
      case ARRAY ->
          index(token)
              .filter(index -> index < container.asJsonArray().size())
              .map(container.asJsonArray()::get);
      case STRING, NUMBER, TRUE, FALSE, NULL -> Optional.empty();
    };
  }

  private static Optional<Integer> index(String token) {
    return Optional.of(token).filter(INDEX.asMatchPredicate()).map(Integer::valueOf);
  }

  /**
   * The state with something else at this place. Objects that are missing on the way are made; an
   * index of an array must exist, or be the next one, as its number or {@code -}.
   *
   * @param change makes the new value of the old one, which is empty if there is none
   * @throws StateChangeException if there is no such place and it cannot be made
   */
  JsonObject changeIn(JsonObject state, Function<Optional<JsonValue>, JsonValue> change) {
    return changed(Optional.of(state), 0, change).asJsonObject();
  }

  private JsonValue changed(
      Optional<JsonValue> here, int depth, Function<Optional<JsonValue>, JsonValue> change) {
    if (depth == tokens.size()) {
      return change.apply(here);
    }
    JsonValue container = here.orElse(JsonValue.EMPTY_JSON_OBJECT);
    String token = tokens.get(depth);
    return switch (container.getValueType()) {
      case OBJECT -> {
        JsonValue member = changed(child(container, token), depth + 1, change);
        yield JSON.createObjectBuilder(container.asJsonObject()).add(token, member).build();
      }
      case ARRAY -> changedArray(container.asJsonArray(), depth, change);
      case STRING, NUMBER, TRUE, FALSE, NULL ->
          throw doesNotFit(
              "there is %s on the way, not an object or an array".formatted(kind(container)));
    };
  }

  private JsonArray changedArray(
      JsonArray array, int depth, Function<Optional<JsonValue>, JsonValue> change) {
    String token = tokens.get(depth);
    int index =
        (token.equals(PAST_THE_END) ? Optional.of(array.size()) : index(token))
            .filter(number -> number <= array.size())
            .orElseThrow(
                () ->
                    doesNotFit(
                        "\"%s\" is no index of the array there, which has %d items"
                            .formatted(token, array.size())));
    JsonValue item = changed(child(array, Integer.toString(index)), depth + 1, change);
    JsonArrayBuilder items = JSON.createArrayBuilder(array);
    return (index == array.size() ? items.add(item) : items.set(index, item)).build();
  }

  /** The refusal of a change, for the caller to throw. */
  StateChangeException doesNotFit(String reason) {
    return new StateChangeException("Nothing was changed at %s: %s".formatted(text, reason));
  }

  /** What a value is, in words: never the value itself, which may be a secret. */
  static String kind(JsonValue value) {
    return switch (value.getValueType()) {
      case OBJECT -> "an object";
      case ARRAY -> "an array";
      case STRING -> "a string";
      case NUMBER -> "a number";
      case TRUE, FALSE -> "a boolean";
      case NULL -> "null";
    };
  }
}
