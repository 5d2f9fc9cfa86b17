package dev.belfry.cdi;

import dev.belfry.config.BelfrySettings;
import dev.belfry.event.Broadcaster;
import dev.belfry.event.CallerTransaction;
import dev.belfry.event.DeliveryState;
import dev.belfry.postgres.OutboxBell;
import dev.belfry.postgres.PostgresBroadcaster.DataSources;
import dev.belfry.postgres.PostgresSessions;
import dev.belfry.postgres.SessionCache;
import dev.belfry.postgres.SessionCodec;
import dev.belfry.postgres.StateCipher;
import dev.belfry.session.Lifetime;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionRules;
import dev.belfry.session.SessionRules.OnExcess;
import dev.belfry.session.SessionRules.UserLimit;
import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.util.Optional;

/**
 * The sessions of this application: one backend for each way of dealing with the caller's
 * transaction, and what they and the events have in common.
 */
@ApplicationScoped
class ApplicationSessions {

  @Inject private BelfrySettings settings;
  @Inject private DataSourceLocator locator;
  @Inject private CallerTransaction transaction;
  @Inject private SessionRelay relay;

  /** Is made with the help of this: not to be asked before the first operation. */
  @Inject private Broadcaster broadcaster;

  private final OutboxBell bell = new OutboxBell();
  private SessionCodec codec;
  private Optional<SessionCache> cache;
  private SessionBackend standAlone;
  private SessionBackend inTransaction;

  @PostConstruct
  void open() {
    codec = codec(settings.session().atRest());
    Optional<DataSources> dataSources = locator.dataSources();
    cache = dataSources.flatMap(sources -> cache(settings.session().cache()));
    dataSources.ifPresentOrElse(this::openPostgres, this::openMemory);
  }

  private void openPostgres(DataSources sources) {
    PostgresSessions.Parts parts =
        PostgresSessions.Parts.of(
            sources.main(), settings, rules(settings.session()), codec, bell, cache);
    standAlone = PostgresSessions.standAlone(parts, transaction);
    inTransaction = PostgresSessions.joining(parts, transaction);
  }

  private void openMemory() {
    standAlone = SessionBackend.inMemory(rules(settings.session()), Clock.systemUTC(), relay::tell);
    inTransaction = standAlone;
  }

  SessionBackend standAlone() {
    return standAlone;
  }

  SessionBackend inTransaction() {
    return inTransaction;
  }

  /** How ids and states are stored. */
  SessionCodec codec() {
    return codec;
  }

  /** Rung when there is something in the outbox to tell the other replicas. */
  OutboxBell bell() {
    return bell;
  }

  /** What this replica remembers of sessions; empty if nothing. */
  Optional<SessionCache> cache() {
    return cache;
  }

  private Optional<SessionCache> cache(BelfrySettings.SessionCache limits) {
    return limits.maxCount() == 0
        ? Optional.empty()
        : Optional.of(
            new SessionCache(
                limits.maxCount(),
                limits.maxBytes(),
                limits.maxAge(),
                Clock.systemUTC(),
                () -> broadcaster.status().state() == DeliveryState.LIVE));
  }

  private static SessionCodec codec(BelfrySettings.AtRest atRest) {
    return new SessionCodec(
        atRest.hashIds(),
        Optional.of(atRest.encryptionKeys()).filter(keys -> !keys.isEmpty()).map(StateCipher::new));
  }

  static SessionRules rules(BelfrySettings.Sessions settings) {
    return new SessionRules(
        new Lifetime(settings.timeToLive(), settings.maxLifetime()),
        settings.reviveWindow(),
        settings.maxPerUser() == 0
            ? Optional.empty()
            : Optional.of(new UserLimit(settings.maxPerUser(), onExcess(settings.onLimit()))),
        settings.maxStateBytes(),
        settings.attributes());
  }

  private static OnExcess onExcess(BelfrySettings.OnLimit onLimit) {
    return switch (onLimit) {
      case EVICT_OLDEST -> OnExcess.EVICT_OLDEST;
      case REFUSE -> OnExcess.REFUSE;
    };
  }
}
