package dev.belfry.postgres;

import dev.belfry.config.BelfrySettings;
import dev.belfry.config.BelfrySettings.SchemaMode;
import dev.belfry.config.Settings;
import dev.belfry.event.Broadcaster;
import dev.belfry.event.CallerTransaction;
import dev.belfry.event.DeliveryMonitor;
import dev.belfry.event.DeliveryState;
import dev.belfry.event.LocalFanout;
import dev.belfry.event.RecordingObserver;
import dev.belfry.postgres.PostgresBroadcaster.DataSources;
import dev.belfry.postgres.PostgresBroadcaster.Threads;
import dev.belfry.postgres.PostgresSessions.Parts;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionEvent;
import dev.belfry.session.SessionRules;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.sql.DataSource;

/** What one replica has for its sessions: threads, a broadcaster that listens, perhaps a cache. */
final class SessionReplica implements AutoCloseable {

  private static final Map<String, String> QUICK =
      Map.of(
          "belfry.listener.reconnect-max", "PT0.2S",
          "belfry.listener.probe-interval", "PT1S",
          "belfry.events.poll-interval", "PT0.1S");

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
  private final OutboxBell bell = new OutboxBell();
  private final AtomicReference<Consumer<SessionEvent>> observer =
      new AtomicReference<>(event -> {});
  private final BelfrySettings settings;
  private final DataSource dataSource;
  private final CallerTransaction transaction;
  private final SessionCodec codec;
  private final Optional<SessionCache> cache;
  private final PostgresBroadcaster broadcaster;

  SessionReplica(
      DataSources sources,
      CallerTransaction transaction,
      SessionCodec codec,
      Map<String, String> configured) {
    Map<String, String> all = new HashMap<>(QUICK);
    all.putAll(configured);
    this.settings = Settings.with(all);
    this.dataSource = sources.main();
    this.transaction = transaction;
    this.codec = codec;
    BelfrySettings.SessionCache limits = settings.session().cache();
    this.cache =
        limits.maxCount() == 0
            ? Optional.empty()
            : Optional.of(
                new SessionCache(
                    limits.maxCount(),
                    limits.maxBytes(),
                    limits.maxAge(),
                    Clock.systemUTC(),
                    this::isLive));
    this.broadcaster =
        new PostgresBroadcaster(
            sources,
            new PostgresSchema(
                sources.main(), new SessionTable("", "sessions"), SchemaMode.NONE, Set.of()),
            settings,
            new LocalFanout(
                new SessionFeed(
                    new RecordingObserver(), codec, cache, event -> observer.get().accept(event))),
            new DeliveryMonitor(Clock.systemUTC(), change -> {}),
            transaction,
            new Threads(threads, scheduler));
    broadcaster.listenTo(bell);
    broadcaster.start();
  }

  private boolean isLive() {
    return broadcaster.status().state() == DeliveryState.LIVE;
  }

  Broadcaster broadcaster() {
    return broadcaster;
  }

  Optional<SessionCache> cache() {
    return cache;
  }

  /** From now on this one is told what happens to sessions. */
  void tell(Consumer<SessionEvent> newObserver) {
    observer.set(newObserver);
  }

  SessionBackend standAlone(SessionRules rules) {
    return PostgresSessions.standAlone(parts(rules), transaction);
  }

  SessionBackend joining(SessionRules rules) {
    return PostgresSessions.joining(parts(rules), transaction);
  }

  private Parts parts(SessionRules rules) {
    return Parts.of(dataSource, settings, rules, codec, bell, cache);
  }

  @Override
  public void close() {
    broadcaster.close();
    scheduler.shutdownNow();
    threads.shutdownNow();
  }
}
