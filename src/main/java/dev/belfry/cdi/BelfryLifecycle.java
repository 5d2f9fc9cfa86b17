package dev.belfry.cdi;

import dev.belfry.event.Broadcaster;
import dev.belfry.event.Presence;
import dev.belfry.session.SessionActivity;
import dev.belfry.sse.EventStreams;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.TransactionManagement;
import jakarta.ejb.TransactionManagementType;
import jakarta.inject.Inject;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;

/**
 * Starts delivery with the application, and at its end stops what clients and the database would
 * otherwise wait for. Without a transaction: a schema is migrated in transactions of its own.
 */
@Singleton
@Startup
@TransactionManagement(TransactionManagementType.BEAN)
public class BelfryLifecycle {

  private static final Logger LOG = System.getLogger(BelfryLifecycle.class.getName());

  @Inject private Broadcaster broadcaster;
  @Inject private EventStreams streams;
  @Inject private SessionActivity activity;
  @Inject private Presence presence;

  private ShutdownHook shutdownHook;

  @PostConstruct
  void start() {
    broadcaster.start();
    // While the server still has its connections: clients are to be told when to come back.
    shutdownHook = ShutdownHook.install(streams::close);
  }

  @PreDestroy
  void stop() {
    // In this order: streams are told while there is delivery, and touches while there is a store.
    // The presence comes last: it asks the database, which may be away.
    List.<Runnable>of(
            shutdownHook::close,
            streams::close,
            activity::close,
            broadcaster::close,
            presence::close)
        .forEach(BelfryLifecycle::end);
  }

  // What cannot be ended is no reason to leave the rest running.
  private static void end(Runnable end) {
    try {
      end.run();
    } catch (RuntimeException failure) {
      LOG.log(Level.WARNING, "Something could not be ended with the application", failure);
    }
  }
}
