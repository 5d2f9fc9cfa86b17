package dev.belfry.cdi;

import dev.belfry.config.BelfrySettings;
import dev.belfry.session.SessionActivity;
import dev.belfry.session.SessionHandles;
import dev.belfry.session.SessionQueries;
import dev.belfry.session.SessionRevocation;
import dev.belfry.session.SessionStates;
import dev.belfry.session.SessionStore;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/**
 * Makes what applications inject for sessions. An application that replaces one role by an
 * {@code @Alternative} of its own replaces the others too, as far as it uses them: each of Belfry's
 * own works on Belfry's own sessions.
 */
@ApplicationScoped
class SessionProducers {

  @Inject private ApplicationSessions sessions;
  @Resource private ManagedScheduledExecutorService scheduler;

  @Produces
  @ApplicationScoped
  SessionStore store() {
    return sessions.standAlone().store();
  }

  void close(@Disposes SessionStore store) {
    store.close();
  }

  @Produces
  @ApplicationScoped
  @InTransaction
  SessionStore storeInTransaction() {
    return sessions.inTransaction().store();
  }

  void closeInTransaction(@Disposes @InTransaction SessionStore store) {
    store.close();
  }

  @Produces
  @ApplicationScoped
  SessionQueries queries() {
    return sessions.standAlone().queries();
  }

  @Produces
  @ApplicationScoped
  @InTransaction
  SessionQueries queriesInTransaction() {
    return sessions.inTransaction().queries();
  }

  @Produces
  @ApplicationScoped
  SessionRevocation revocation() {
    return sessions.standAlone().revocation();
  }

  @Produces
  @ApplicationScoped
  @InTransaction
  SessionRevocation revocationInTransaction() {
    return sessions.inTransaction().revocation();
  }

  @Produces
  @ApplicationScoped
  SessionStates states() {
    return sessions.standAlone().states();
  }

  @Produces
  @ApplicationScoped
  @InTransaction
  SessionStates statesInTransaction() {
    return sessions.inTransaction().states();
  }

  /** Of the application's own roles, if it has some. */
  @Produces
  @Singleton
  SessionHandles handles(SessionStore store, SessionQueries queries) {
    return new SessionHandles(store, queries);
  }

  /** Closed by {@link BelfryLifecycle}, while there is still a store to tell. */
  @Produces
  @Singleton
  SessionActivity activity(SessionStore store, BelfrySettings settings) {
    return new SessionActivity(
        store, settings.session().touchInterval(), settings.session().touchWindow(), scheduler);
  }
}
