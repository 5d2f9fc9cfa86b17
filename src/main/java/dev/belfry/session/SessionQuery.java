package dev.belfry.session;

import static java.util.Objects.requireNonNull;

import jakarta.json.JsonValue;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which live sessions are meant: those that fit all that is said.
 *
 * @param userId whose; empty for everybody's
 * @param idPrefix what the id begins with; empty for any
 * @param attributes what the state holds, by JSON pointer (RFC 6901); each has to be among {@link
 *     SessionRules#attributes}
 */
public record SessionQuery(
    Optional<String> userId, String idPrefix, Map<String, JsonValue> attributes) {

  public SessionQuery {
    requireNonNull(userId, "userId").ifPresent(user -> StateRules.requireText("userId", user));
    StateRules.requireText("idPrefix", idPrefix);
    attributes = Map.copyOf(attributes);
  }

  /** All sessions. */
  public static SessionQuery all() {
    return new SessionQuery(Optional.empty(), "", Map.of());
  }

  /** All sessions of a user; for an anonymous owner (empty) there are none. */
  public static SessionQuery ofUser(String userId) {
    return new SessionQuery(Optional.of(userId), "", Map.of());
  }

  /** Of those the ones whose id begins so. */
  public SessionQuery withPrefix(String newPrefix) {
    return new SessionQuery(userId, newPrefix, attributes);
  }

  /**
   * Of those the ones that have this value at a place of their state.
   *
   * @param pointer the place, as a JSON pointer such as {@code /cart/id}
   */
  public SessionQuery where(String pointer, JsonValue value) {
    Map<String, JsonValue> more = new HashMap<>(attributes);
    more.put(requireNonNull(pointer, "pointer"), requireNonNull(value, "value"));
    return new SessionQuery(userId, idPrefix, more);
  }
}
