package dev.belfry.operations;

import dev.belfry.config.BelfrySettings;
import dev.belfry.event.Broadcaster;
import dev.belfry.session.SessionStore;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.Resource;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.Timeout;
import jakarta.ejb.TimerConfig;
import jakarta.ejb.TimerService;
import jakarta.ejb.TransactionManagement;
import jakarta.ejb.TransactionManagementType;
import jakarta.inject.Inject;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.IntSupplier;

/**
 * Ends expired sessions and removes what the event log no longer keeps, again and again. A
 * singleton's methods exclude each other, so that two runs never overlap on one replica; those of
 * several replicas do not get in each other's way.
 *
 * <p>Without a transaction of its own: cleanup works in many small ones.
 */
@Singleton
@Startup
@TransactionManagement(TransactionManagementType.BEAN)
public class CleanupTimer {

  private static final Logger LOG = System.getLogger(CleanupTimer.class.getName());

  @Resource private TimerService timers;
  @Inject private SessionStore store;
  @Inject private Broadcaster broadcaster;
  @Inject private BelfrySettings settings;

  @PostConstruct
  void start() {
    long interval = settings.session().cleanupInterval().toMillis();
    timers.createIntervalTimer(interval, interval, new TimerConfig("belfry cleanup", false));
  }

  @Timeout
  void clean() {
    clean("Ended", "expired sessions", store::deleteExpired);
    clean("Removed", "events whose time is over", broadcaster::trim);
  }

  // The timer's boundary: a container may drop a timer that throws.
  private static void clean(String done, String what, IntSupplier cleanup) {
    try {
      LOG.log(Level.DEBUG, "{0} {1} {2}", done, cleanup.getAsInt(), what);
    } catch (RuntimeException failure) {
      LOG.log(
          Level.WARNING,
          "Not removed: {0}; next try at the next interval: {1}",
          what,
          failure.getMessage());
      LOG.log(Level.DEBUG, "The failure of the cleanup", failure);
    }
  }
}
