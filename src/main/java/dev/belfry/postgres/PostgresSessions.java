package dev.belfry.postgres;

import static java.util.Objects.requireNonNull;

import dev.belfry.config.BelfrySettings;
import dev.belfry.event.CallerTransaction;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionRules;
import java.util.Optional;
import javax.sql.DataSource;

/** The sessions in a PostgreSQL table that the original may share. */
public final class PostgresSessions {

  private PostgresSessions() {}

  /**
   * What the sessions are made of.
   *
   * @param dataSource gives connections with autocommit on, or connections of the caller's
   *     transaction
   * @param rules what is kept to
   * @param codec how ids and states are stored
   * @param announcements what all replicas are told
   * @param bell rung when there is something to tell
   * @param cache of this replica; empty if nothing is kept
   * @param table where the sessions are; {@link PostgresSchema} makes it
   */
  public record Parts(
      DataSource dataSource,
      SessionTable table,
      SessionRules rules,
      SessionCodec codec,
      SessionAnnouncements announcements,
      OutboxBell bell,
      Optional<SessionCache> cache) {

    public Parts {
      requireNonNull(dataSource, "dataSource");
      requireNonNull(table, "table");
      requireNonNull(rules, "rules");
      requireNonNull(codec, "codec");
      requireNonNull(announcements, "announcements");
      requireNonNull(bell, "bell");
      requireNonNull(cache, "cache");
    }

    /** The parts as the settings say. */
    public static Parts of(
        DataSource dataSource,
        BelfrySettings settings,
        SessionRules rules,
        SessionCodec codec,
        OutboxBell bell,
        Optional<SessionCache> cache) {
      return new Parts(
          dataSource,
          new SessionTable(settings.schema().name(), settings.session().table()),
          rules,
          codec,
          new SessionAnnouncements(settings),
          bell,
          cache);
    }
  }

  /** Operations that are done when they return, whatever becomes of the caller's transaction. */
  public static SessionBackend standAlone(Parts parts, CallerTransaction transaction) {
    return backend(new SessionRows(parts, transaction, false));
  }

  /**
   * Operations that take part in the caller's transaction. Without one each stands alone. What the
   * transaction has changed, only it can see until it has committed; then the others are told.
   */
  public static SessionBackend joining(Parts parts, CallerTransaction transaction) {
    return backend(new SessionRows(parts, transaction, true));
  }

  private static SessionBackend backend(SessionRows rows) {
    PostgresSessionStates states = new PostgresSessionStates(rows);
    return new SessionBackend(
        new PostgresSessionStore(rows, states),
        new PostgresSessionQueries(rows),
        new PostgresSessionRevocation(rows),
        states);
  }
}
