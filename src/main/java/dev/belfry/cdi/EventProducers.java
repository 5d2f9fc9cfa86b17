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
import dev.belfry.postgres.SessionCache;
import dev.belfry.postgres.SessionFeed;
import dev.belfry.postgres.SessionTable;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import java.time.Clock;
import java.util.Optional;

/**
 * Makes what applications inject for events. An application replaces any of it with an
 * {@code @Alternative} of its own with a {@code @Priority}.
 */
@ApplicationScoped
class EventProducers {

  @Inject private BelfrySettings settings;
  @Inject private DataSourceLocator locator;
  @Inject private EventRelay relay;
  @Inject private SessionRelay sessionRelay;
  @Inject private ApplicationSessions sessions;
  @Inject private CallerTransaction transaction;
  @Inject private Event<DeliveryStateChanged> stateChanges;
  @Resource private ManagedExecutorService executor;
  @Resource private ManagedScheduledExecutorService scheduler;

  @Produces
  @ApplicationScoped
  Broadcaster broadcaster() {
    return locator.dataSources().map(this::postgres).orElseGet(this::memory);
  }

  void close(@Disposes Broadcaster broadcaster) {
    broadcaster.close();
  }

  private Broadcaster postgres(DataSources sources) {
    Optional<SessionCache> cache = sessions.cache();
    PostgresBroadcaster broadcaster =
        new PostgresBroadcaster(
            sources,
            schema(sources),
            settings,
            new LocalFanout(new SessionFeed(relay, sessions.codec(), cache, sessionRelay::tell)),
            new DeliveryMonitor(Clock.systemUTC(), change -> deliveryChanged(change, cache)),
            transaction,
            new Threads(executor, scheduler));
    broadcaster.listenTo(sessions.bell());
    return broadcaster;
  }

  private PostgresSchema schema(DataSources sources) {
    return new PostgresSchema(
        sources.main(),
        new SessionTable(settings.schema().name(), settings.session().table()),
        settings.schema().mode(),
        settings.session().attributes());
  }

  private void deliveryChanged(DeliveryStateChanged change, Optional<SessionCache> cache) {
    // What was remembered while all changes were told of may be old from now on; and what somebody
    // was reading at that moment is remembered after it. So at the next change, too.
    cache.ifPresent(SessionCache::clear);
    stateChanges.fire(change);
  }

  private Broadcaster memory() {
    BelfrySettings.Events events = settings.events();
    return new MemoryBroadcaster(
        new LocalFanout(relay),
        transaction,
        scheduler,
        Clock.systemUTC(),
        new MemoryBroadcaster.Limits(
            events.retention().count(),
            events.retention().age(),
            events.idempotencyRetention(),
            events.coalescingWindow()));
  }

  @Produces
  @ApplicationScoped
  Presence presence() {
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
}
