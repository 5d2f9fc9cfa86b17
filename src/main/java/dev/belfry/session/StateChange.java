package dev.belfry.session;

import static java.util.Objects.requireNonNull;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import jakarta.json.spi.JsonProvider;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/**
 * A change of a session's state, for {@link SessionStates#apply}. Places are JSON pointers (RFC
 * 6901) such as {@code /cart/items/0}, of at most 1,000 characters and 100 steps, and never the
 * whole state. Objects that are missing on the way to a place are made; an index of an array has to
 * be there already, or to be the next one, for which {@code -} stands too.
 *
 * <p>A change is checked when it is made: what breaks a rule of {@link StateRules}, or is no such
 * pointer, is an {@link IllegalArgumentException}. What comes out of it may still break them, or be
 * too large: a store checks that before it is kept.
 */
public sealed interface StateChange {

  JsonProvider JSON = JsonProvider.provider();

  /** Sets members and keeps the others, see {@link SessionStore#mergeState}. */
  static StateChange merge(JsonObject changes) {
    return new Merge(changes);
  }

  /** Merges deeply, and removes what is null in the patch: a JSON Merge Patch (RFC 7396). */
  static StateChange mergePatch(JsonObject patch) {
    return new MergePatch(patch);
  }

  /** Removes members; those that are not there are none to remove. */
  static StateChange removeKeys(String... keys) {
    return new RemoveKeys(List.of(keys));
  }

  /** Adds to a number; where there is none, to 0. */
  static StateChange increment(String pointer, long by) {
    return increment(pointer, BigDecimal.valueOf(by));
  }

  /** Adds to a number; where there is none, to 0. */
  static StateChange increment(String pointer, BigDecimal by) {
    return new Increment(pointer, by);
  }

  /** Adds a value to the end of an array; where there is none, of an empty one. */
  static StateChange append(String pointer, JsonValue value) {
    return new Append(pointer, value);
  }

  /** Puts a value at a place, whatever was there. */
  static StateChange setAt(String pointer, JsonValue value) {
    return new SetAt(pointer, value);
  }

  /**
   * The state after this change.
   *
   * @throws StateChangeException if the change does not fit the state
   */
  JsonObject applyTo(JsonObject state);

  /**
   * See {@link StateChange#merge}.
   *
   * @param changes the members to set
   */
  record Merge(JsonObject changes) implements StateChange {
    public Merge {
      StateRules.requireStorable("changes", changes);
    }

    @Override
    public JsonObject applyTo(JsonObject state) {
      JsonObjectBuilder merged = JSON.createObjectBuilder(state);
      changes.forEach(merged::add);
      return merged.build();
    }
  }

  /**
   * See {@link StateChange#mergePatch}.
   *
   * @param patch the members to merge or, where null, to remove
   */
  record MergePatch(JsonObject patch) implements StateChange {
    public MergePatch {
      StateRules.requireStorable("patch", patch);
    }

    @Override
    public JsonObject applyTo(JsonObject state) {
      return Json.createMergePatch(patch).apply(state).asJsonObject();
    }
  }

  /**
   * See {@link StateChange#removeKeys}.
   *
   * @param keys the names of the members to remove
   */
  record RemoveKeys(List<String> keys) implements StateChange {
    public RemoveKeys {
      keys = List.copyOf(keys);
      keys.forEach(key -> StateRules.requireStorable("key", JSON.createValue(key)));
    }

    @Override
    public JsonObject applyTo(JsonObject state) {
      JsonObjectBuilder rest = JSON.createObjectBuilder(state);
      keys.forEach(rest::remove);
      return rest.build();
    }
  }

  /**
   * See {@link StateChange#increment(String, BigDecimal)}.
   *
   * @param pointer where the number is
   * @param by what to add to it
   */
  record Increment(String pointer, BigDecimal by) implements StateChange {
    public Increment {
      StatePointer.parse(pointer);
      StateRules.requireStorable("by", JSON.createValue(requireNonNull(by, "by")));
    }

    @Override
    public JsonObject applyTo(JsonObject state) {
      StatePointer place = StatePointer.parse(pointer);
      return place.changeIn(state, value -> JSON.createValue(number(place, value).add(by)));
    }

    private static BigDecimal number(StatePointer place, Optional<JsonValue> value) {
      if (value.isEmpty()) {
        return BigDecimal.ZERO;
      }
      if (value.get() instanceof JsonNumber number) {
        return number.bigDecimalValue();
      }
      throw place.doesNotFit("there is %s, not a number".formatted(StatePointer.kind(value.get())));
    }
  }

  /**
   * See {@link StateChange#append}.
   *
   * @param pointer where the array is
   * @param value its new last item
   */
  record Append(String pointer, JsonValue value) implements StateChange {
    public Append {
      StatePointer.parse(pointer);
      StateRules.requireStorable("value", value);
    }

    @Override
    public JsonObject applyTo(JsonObject state) {
      StatePointer place = StatePointer.parse(pointer);
      return place.changeIn(
          state, array -> JSON.createArrayBuilder(array(place, array)).add(value).build());
    }

    private static JsonArray array(StatePointer place, Optional<JsonValue> value) {
      if (value.isEmpty()) {
        return JsonValue.EMPTY_JSON_ARRAY;
      }
      if (value.get() instanceof JsonArray array) {
        return array;
      }
      throw place.doesNotFit("there is %s, not an array".formatted(StatePointer.kind(value.get())));
    }
  }

  /**
   * See {@link StateChange#setAt}.
   *
   * @param pointer the place
   * @param value what is to be there
   */
  record SetAt(String pointer, JsonValue value) implements StateChange {
    public SetAt {
      StatePointer.parse(pointer);
      StateRules.requireStorable("value", value);
    }

    @Override
    public JsonObject applyTo(JsonObject state) {
      return StatePointer.parse(pointer).changeIn(state, replaced -> value);
    }
  }
}
