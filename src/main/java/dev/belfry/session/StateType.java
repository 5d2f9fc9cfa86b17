package dev.belfry.session;

import static java.util.Objects.requireNonNull;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonBuilderFactory;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import jakarta.json.bind.Jsonb;
import jakarta.json.bind.JsonbBuilder;
import jakarta.json.bind.JsonbConfig;
import jakarta.json.bind.JsonbException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A record or class that states are read and written as, by JSON-B. It need not have all members of
 * a state: those that it does not have are ignored by who reads and kept by who writes, so that two
 * versions of an application can share sessions during a deployment. Thread-safe.
 *
 * @param <T> the type
 */
public final class StateType<T> {

  private static final JsonBuilderFactory BUILDERS = Json.createBuilderFactory(Map.of());

  private final Class<T> type;

  public StateType(Class<T> type) {
    this.type = requireNonNull(type, "type");
  }

  /** Loaded when first used: who keeps plain JSON needs no JSON-B. */
  private static final class Binding {

    /** Nulls tell which members a type has; shared, because to make one takes long. */
    static final Jsonb JSONB = JsonbBuilder.create(new JsonbConfig().withNullValues(true));
  }

  /**
   * Reads a state. Members that are missing in it are null, or what the type has for a default.
   *
   * @param id whose state it is, for the message
   * @throws UnreadableStateException if it is not of this type
   */
  public T read(String id, JsonObject state) {
    try {
      T value = Binding.JSONB.fromJson(state.toString(), type);
      requireKept(state, members(value));
      return value;
    } catch (RuntimeException unreadable) {
      // Not only JSON-B's own: the type's constructor may refuse what it gets.
      throw new UnreadableStateException(id, type.getName(), unreadable);
    }
  }

  // JSON-B cuts what does not fit an int or a long off, without a word; and who writes the value
  // back would store the rest.
  private static void requireKept(JsonValue stored, JsonValue read) {
    if (stored instanceof JsonNumber before && read instanceof JsonNumber after) {
      if (after.isIntegral() && before.bigDecimalValue().compareTo(after.bigDecimalValue()) != 0) {
        throw new IllegalArgumentException("a number does not fit its member");
      }
    } else if (stored instanceof JsonObject before && read instanceof JsonObject after) {
      after.forEach(
          (name, member) -> {
            if (before.containsKey(name)) {
              requireKept(before.get(name), member);
            }
          });
    } else if (stored instanceof JsonArray before
        && read instanceof JsonArray after
        && before.size() == after.size()) {
      for (int index = 0; index < after.size(); index++) {
        requireKept(before.get(index), after.get(index));
      }
    }
  }

  /**
   * Writes a value into a state, see {@link #setting}.
   *
   * @return the state with it
   */
  public JsonObject write(JsonObject state, T value) {
    JsonObject changed = state;
    for (StateChange change : setting(value)) {
      changed = change.applyTo(changed);
    }
    return changed;
  }

  /**
   * What sets a value: the members that the type has are set, each of them whole, or removed where
   * they are null; the others stay as they are.
   *
   * @return for {@link SessionStates#apply}
   * @throws IllegalArgumentException if JSON-B makes no JSON object of the value, or one that no
   *     state can hold, see {@link StateRules}
   */
  public List<StateChange> setting(T value) {
    JsonObjectBuilder set = BUILDERS.createObjectBuilder();
    List<String> removed = new ArrayList<>();
    members(value)
        .forEach(
            (name, member) -> {
              if (member.equals(JsonValue.NULL)) {
                removed.add(name);
              } else {
                set.add(name, member);
              }
            });
    return List.of(
        StateChange.merge(set.build()), StateChange.removeKeys(removed.toArray(String[]::new)));
  }

  private JsonObject members(T value) {
    try {
      return Binding.JSONB.fromJson(
          Binding.JSONB.toJson(requireNonNull(value, "value"), type), JsonObject.class);
    } catch (JsonbException | ClassCastException | IllegalStateException unsuitable) {
      throw new IllegalArgumentException(
          "A value of %s cannot be a session's state: it makes no JSON object"
              .formatted(type.getName()),
          unsuitable);
    }
  }

  @Override
  public String toString() {
    return "StateType[" + type.getName() + "]";
  }
}
