package dev.belfry.session;

import static java.util.Objects.requireNonNull;

import jakarta.json.JsonArray;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Looks at all sessions of this process. */
final class MemorySessionQueries implements SessionQueries {

  private final MemorySessions sessions;

  MemorySessionQueries(MemorySessions sessions) {
    this.sessions = sessions;
  }

  @Override
  public SessionPage list(SessionQuery query, SessionPage.Request request) {
    List<Session> page =
        matching(query)
            .filter(session -> session.id().compareTo(request.afterId()) > 0)
            .sorted(Comparator.comparing(Session::id))
            .limit(request.limit())
            .toList();
    return SessionPage.of(request, page);
  }

  @Override
  public long count(SessionQuery query) {
    return matching(query).count();
  }

  @Override
  public Optional<Session> latestForUser(String userId, String idPrefix) {
    return matching(SessionQuery.ofUser(userId).withPrefix(requireNonNull(idPrefix, "idPrefix")))
        .max(
            Comparator.comparing(Session::lastActiveAt)
                .thenComparing(Session::createdAt)
                .thenComparing(Session::id));
  }

  private Stream<Session> matching(SessionQuery query) {
    query.attributes().forEach(this::requireSearchable);
    return sessions.live().map(KeptSession::session).filter(session -> matches(query, session));
  }

  private void requireSearchable(String pointer, JsonValue value) {
    if (!sessions.rules().attributes().contains(pointer)) {
      throw new IllegalArgumentException(
          "Sessions cannot be searched by \"%s\": add it to belfry.session.indexed-attributes"
              .formatted(pointer));
    }
    StateRules.requireStorable(pointer, value);
  }

  private static boolean matches(SessionQuery query, Session session) {
    return query.userId().stream()
            .allMatch(userId -> !userId.isEmpty() && userId.equals(session.userId()))
        && session.id().startsWith(query.idPrefix())
        && query.attributes().entrySet().stream()
            .allMatch(
                attribute ->
                    StatePointer.parse(attribute.getKey())
                        .valueIn(session.state())
                        .filter(value -> same(value, attribute.getValue()))
                        .isPresent());
  }

  // As PostgreSQL compares jsonb: 1 and 1.0 are the same number, which equals() would deny.
  private static boolean same(JsonValue one, JsonValue other) {
    if (one instanceof JsonNumber number && other instanceof JsonNumber otherNumber) {
      return number.bigDecimalValue().compareTo(otherNumber.bigDecimalValue()) == 0;
    }
    if (one instanceof JsonObject object && other instanceof JsonObject otherObject) {
      return object.keySet().equals(otherObject.keySet())
          && object.entrySet().stream()
              .allMatch(member -> same(member.getValue(), otherObject.get(member.getKey())));
    }
    if (one instanceof JsonArray array && other instanceof JsonArray otherArray) {
      return array.size() == otherArray.size()
          && IntStream.range(0, array.size())
              .allMatch(index -> same(array.get(index), otherArray.get(index)));
    }
    return one.equals(other);
  }
}
