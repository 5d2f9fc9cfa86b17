package dev.belfry.bench.session;

import dev.belfry.config.BelfrySettings;
import dev.belfry.config.Settings;
import dev.belfry.event.CallerTransaction;
import dev.belfry.postgres.OutboxBell;
import dev.belfry.postgres.PostgresSessions;
import dev.belfry.postgres.SessionCache;
import dev.belfry.postgres.SessionCodec;
import dev.belfry.session.Lifetime;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionRules;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;

/** Belfry's sessions, as an application has them. */
final class BelfrySessions {

  private BelfrySessions() {}

  /**
   * Without a cache.
   *
   * @param settings that differ from the usual
   */
  static SessionBackend of(DataSource pool, Map<String, String> settings) {
    return backend(pool, Settings.with(settings), new OutboxBell(), Optional.empty());
  }

  /** As usual: what happens to sessions is announced, for which a bell is rung. */
  static SessionBackend announcing(DataSource pool, OutboxBell bell) {
    return backend(pool, Settings.with(Map.of()), bell, Optional.empty());
  }

  /** With a cache, and told of every change. */
  static SessionBackend cached(DataSource pool, int sessions) {
    BelfrySettings settings =
        Settings.with(Map.of("belfry.session.cache-count", Integer.toString(sessions)));
    BelfrySettings.SessionCache limits = settings.session().cache();
    return backend(
        pool,
        settings,
        new OutboxBell(),
        Optional.of(
            new SessionCache(
                limits.maxCount(),
                limits.maxBytes(),
                limits.maxAge(),
                Clock.systemUTC(),
                () -> true)));
  }

  private static SessionBackend backend(
      DataSource pool, BelfrySettings settings, OutboxBell bell, Optional<SessionCache> cache) {
    return PostgresSessions.standAlone(
        PostgresSessions.Parts.of(
            pool, settings, rules(settings.session()), SessionCodec.PLAIN, bell, cache),
        CallerTransaction.NONE);
  }

  private static SessionRules rules(BelfrySettings.Sessions settings) {
    Duration timeToLive = settings.timeToLive();
    return new SessionRules(
        Lifetime.of(timeToLive),
        settings.reviveWindow(),
        Optional.empty(),
        settings.maxStateBytes(),
        settings.attributes());
  }
}
