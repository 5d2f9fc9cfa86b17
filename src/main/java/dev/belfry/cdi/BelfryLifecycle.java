package dev.belfry.cdi;

import dev.belfry.event.Broadcaster;
import dev.belfry.event.Presence;
import dev.belfry.sse.EventStreams;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.TransactionManagement;
import jakarta.ejb.TransactionManagementType;
import jakarta.inject.Inject;

/**
 * Starts delivery with the application, and at its end stops what clients and the database would
 * otherwise wait for. Without a transaction: a schema is migrated in transactions of its own.
 */
@Singleton
@Startup
@TransactionManagement(TransactionManagementType.BEAN)
public class BelfryLifecycle {

  @Inject private Broadcaster broadcaster;
  @Inject private EventStreams streams;
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
    try {
      shutdownHook.close();
      streams.close();
    } finally {
      try {
        broadcaster.close();
      } finally {
        presence.close(); // Last: it asks the database, which may be away.
      }
    }
  }
}
