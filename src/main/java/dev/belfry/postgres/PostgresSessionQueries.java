package dev.belfry.postgres;

import static java.util.Objects.requireNonNull;

import dev.belfry.postgres.SessionRows.Operation;
import dev.belfry.session.Session;
import dev.belfry.session.SessionPage;
import dev.belfry.session.SessionQueries;
import dev.belfry.session.SessionQuery;
import java.sql.ResultSet;
import java.util.List;
import java.util.Optional;

/** Sessions by something else than their id. */
final class PostgresSessionQueries implements SessionQueries {

  private static final String LIST =
      """
      SELECT {columns} FROM {sessions} WHERE {live}%s AND id > ? ORDER BY id LIMIT ?
      """;

  private static final String COUNT =
      """
      SELECT count(*) FROM {sessions} WHERE {live}%s
      """;

  private static final String LATEST =
      """
      SELECT {columns} FROM {sessions} WHERE {live}%s
      ORDER BY last_active_at DESC, created_at DESC LIMIT 1
      """;

  private final SessionRows rows;

  PostgresSessionQueries(SessionRows rows) {
    this.rows = rows;
  }

  @Override
  public SessionPage list(SessionQuery query, SessionPage.Request request) {
    requireNonNull(request, "request");
    return SessionPage.of(
        request,
        SessionCondition.of(query, rows)
            .map(condition -> list(condition, request))
            .orElse(List.of()));
  }

  private List<Session> list(SessionCondition condition, SessionPage.Request request) {
    return rows.execute(
        Operation.of("list"),
        rows.sql(LIST.formatted(condition.sql())),
        statement -> {
          int bound = condition.parameters().size();
          SessionRows.bind(statement, condition.parameters());
          statement.setString(bound + 1, request.afterId());
          statement.setInt(bound + 2, request.limit());
          return rows.sessions(statement);
        });
  }

  @Override
  public long count(SessionQuery query) {
    return SessionCondition.of(query, rows).map(this::count).orElse(0L);
  }

  private long count(SessionCondition condition) {
    return rows.execute(
        Operation.of("count"),
        rows.sql(COUNT.formatted(condition.sql())),
        statement -> {
          SessionRows.bind(statement, condition.parameters());
          try (ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getLong(1);
          }
        });
  }

  @Override
  public Optional<Session> latestForUser(String userId, String idPrefix) {
    return SessionCondition.of(SessionQuery.ofUser(userId).withPrefix(idPrefix), rows)
        .flatMap(this::latest);
  }

  private Optional<Session> latest(SessionCondition condition) {
    return rows.execute(
        Operation.of("latestForUser"),
        rows.sql(LATEST.formatted(condition.sql())),
        statement -> {
          SessionRows.bind(statement, condition.parameters());
          return rows.sessions(statement).stream().findFirst();
        });
  }
}
