package dev.belfry.postgres;

import dev.belfry.session.SessionIds;
import dev.belfry.session.SessionQuery;
import dev.belfry.session.StateRules;
import jakarta.json.Json;
import jakarta.json.JsonBuilderFactory;
import jakarta.json.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which rows a query means, in SQL.
 *
 * @param sql to be put after a condition that is there already; nothing of it is a caller's text
 * @param parameters what is to be bound
 */
record SessionCondition(String sql, List<String> parameters) {

  private static final JsonBuilderFactory BUILDERS = Json.createBuilderFactory(Map.of());

  /**
   * Said again for the planner, who does not know the parameter: the index is on such rows only.
   */
  private static final String OF_USER = " AND user_id = ? AND user_id <> ''";

  private static final String WITH_PREFIX = " AND starts_with(id, ?)";

  /**
   * The condition for a query.
   *
   * @return empty if there can be no such session
   * @throws IllegalArgumentException if it asks for what cannot be looked for
   */
  static Optional<SessionCondition> of(SessionQuery query, SessionRows rows) {
    requireSearchable(query, rows);
    if (query.userId().filter(String::isEmpty).isPresent()
        || !(query.idPrefix().isEmpty() || SessionIds.isValid(query.idPrefix()))) {
      return Optional.empty();
    }
    StringBuilder sql = new StringBuilder();
    List<String> parameters = new ArrayList<>();
    query
        .userId()
        .ifPresent(
            userId -> {
              sql.append(OF_USER);
              parameters.add(userId);
            });
    if (!query.idPrefix().isEmpty()) {
      sql.append(WITH_PREFIX);
      parameters.add(query.idPrefix());
    }
    // In the order of the pointers: one statement for what is the same.
    new TreeMap<>(query.attributes())
        .forEach(
            (pointer, value) -> {
              sql.append(" AND ").append(new IndexedAttribute(pointer).expression());
              sql.append(" = ?::jsonb");
              parameters.add(value.toString());
            });
    return Optional.of(new SessionCondition(sql.toString(), List.copyOf(parameters)));
  }

  private static void requireSearchable(SessionQuery query, SessionRows rows) {
    if (rows.codec().hashesIds() && !SessionIds.isFingerprintPrefix(query.idPrefix())) {
      throw new IllegalArgumentException(
          "With belfry.session.hash-ids, ids can only be looked for by a whole prefix: one to four"
              + " letters from a to z and an underscore");
    }
    query.attributes().forEach((pointer, value) -> requireSearchable(pointer, value, rows));
  }

  private static void requireSearchable(String pointer, JsonValue value, SessionRows rows) {
    if (rows.codec().encrypts()) {
      throw new IllegalArgumentException(
          "Sessions cannot be looked for by attributes where states are encrypted"
              + " (belfry.session.encryption-keys)");
    }
    if (!rows.rules().attributes().contains(pointer)) {
      throw new IllegalArgumentException(
          "Sessions cannot be looked for by %s: it is not among belfry.session.indexed-attributes"
              .formatted(pointer));
    }
    StateRules.requireStorable(BUILDERS.createObjectBuilder().add(pointer, value).build());
  }
}
