package dev.belfry.cdi;

import dev.belfry.config.BelfrySettings;
import dev.belfry.event.Broadcaster;
import dev.belfry.event.CallerTransaction;
import dev.belfry.event.DeliveryMonitor;
import dev.belfry.event.DeliveryStateChanged;
import dev.belfry.event.LocalFanout;
import dev.belfry.event.MemoryBroadcaster;
import dev.belfry.event.MemoryPresence;
import dev.belfry.event.Presence;
import dev.belfry.postgres.PostgresBroadcaster;
import dev.belfry.postgres.PostgresBroadcaster.DataSources;
import dev.belfry.postgres.PostgresBroadcaster.Threads;
import dev.belfry.postgres.PostgresPresence;
import dev.belfry.postgres.PostgresSchema;
import dev.belfry.postgres.PostgresSessionStore;
import dev.belfry.postgres.SessionTable;
import dev.belfry.session.MemorySessionStore;
import dev.belfry.session.SessionStore;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;

/**
 * Makes what applications inject. An application replaces any of it with an {@code @Alternative} of
 * its own with a {@code @Priority}.
 */
@ApplicationScoped
class BelfryProducers {

  @Inject private DataSourceLocator locator;
  @Inject private EventRelay relay;
  @Inject private CallerTransaction transaction;
  @Inject private Event<DeliveryStateChanged> stateChanges;
  @Resource private ManagedExecutorService executor;
  @Resource private ManagedScheduledExecutorService scheduler;

  @Produces
  @Singleton
  BelfrySettings settings(BelfryExtension extension) {
    return extension.settings();
  }

  @Produces
  @ApplicationScoped
  SessionStore sessionStore(BelfrySettings settings) {
    Duration timeToLive = settings.session().timeToLive();
    return locator
        .dataSources()
        .<SessionStore>map(
            sources -> new PostgresSessionStore(sources.main(), table(settings), timeToLive))
        .orElseGet(() -> new MemorySessionStore(timeToLive, Clock.systemUTC()));
  }

  void close(@Disposes SessionStore store) {
    store.close();
  }

  @Produces
  @ApplicationScoped
  Broadcaster broadcaster(BelfrySettings settings) {
    LocalFanout fanout = new LocalFanout(relay);
    return locator
        .dataSources()
        .<Broadcaster>map(sources -> postgres(sources, settings, fanout))
        .orElseGet(() -> memory(settings.events(), fanout));
  }

  void close(@Disposes Broadcaster broadcaster) {
    broadcaster.close();
  }

  private Broadcaster postgres(DataSources sources, BelfrySettings settings, LocalFanout fanout) {
    return new PostgresBroadcaster(
        sources,
        new PostgresSchema(sources.main(), table(settings), settings.schema().mode()),
        settings,
        fanout,
        new DeliveryMonitor(Clock.systemUTC(), stateChanges::fire),
        transaction,
        new Threads(executor, scheduler));
  }

  private Broadcaster memory(BelfrySettings.Events settings, LocalFanout fanout) {
    return new MemoryBroadcaster(
        fanout,
        transaction,
        scheduler,
        Clock.systemUTC(),
        new MemoryBroadcaster.Limits(
            settings.retention().count(),
            settings.retention().age(),
            settings.idempotencyRetention(),
            settings.coalescingWindow()));
  }

  @Produces
  @ApplicationScoped
  Presence presence(BelfrySettings settings) {
    return locator
        .dataSources()
        .<Presence>map(
            sources ->
                new PostgresPresence(
                    sources.main(),
                    settings.schema().name(),
                    settings.events().channel(),
                    settings.presence().interval()))
        .orElseGet(MemoryPresence::new);
  }

  void close(@Disposes Presence presence) {
    presence.close();
  }

  private static SessionTable table(BelfrySettings settings) {
    return new SessionTable(settings.schema().name(), settings.session().table());
  }
}
