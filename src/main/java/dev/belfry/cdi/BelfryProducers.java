package dev.belfry.cdi;

import dev.belfry.config.BelfrySettings;
import dev.belfry.event.Broadcaster;
import dev.belfry.event.DeliveryMonitor;
import dev.belfry.event.DeliveryStateChanged;
import dev.belfry.event.LocalFanout;
import dev.belfry.event.MemoryBroadcaster;
import dev.belfry.event.ServerEvent;
import dev.belfry.postgres.PostgresBroadcaster;
import dev.belfry.postgres.PostgresBroadcaster.DataSources;
import dev.belfry.postgres.PostgresSchema;
import dev.belfry.postgres.PostgresSessionStore;
import dev.belfry.postgres.SessionTable;
import dev.belfry.session.MemorySessionStore;
import dev.belfry.session.SessionStore;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
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
  @Inject private Event<ServerEvent> events;
  @Inject private Event<DeliveryStateChanged> stateChanges;
  @Resource private ManagedExecutorService executor;

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
    LocalFanout fanout = new LocalFanout(events::fire);
    return locator
        .dataSources()
        .<Broadcaster>map(sources -> postgres(sources, settings, fanout))
        .orElseGet(() -> new MemoryBroadcaster(fanout, Clock.systemUTC()));
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
        executor);
  }

  private static SessionTable table(BelfrySettings settings) {
    return new SessionTable(settings.schema().name(), settings.session().table());
  }
}
