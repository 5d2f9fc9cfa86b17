package dev.belfry.operations;

import dev.belfry.config.BelfrySettings;
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

/**
 * Removes expired sessions, again and again. A singleton's methods exclude each other, so that two
 * runs never overlap on one replica; runs on several replicas skip each other's rows.
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
  @Inject private BelfrySettings settings;

  @PostConstruct
  void start() {
    long interval = settings.session().cleanupInterval().toMillis();
    timers.createIntervalTimer(interval, interval, new TimerConfig("belfry cleanup", false));
  }

  @Timeout
  void clean() {
    // The timer's boundary: a container may drop a timer that throws.
    try {
      int deleted = store.deleteExpired();
      LOG.log(Level.DEBUG, "Removed {0} expired sessions", deleted);
    } catch (RuntimeException failure) {
      LOG.log(
          Level.WARNING,
          "Expired sessions were not removed, next try at the next interval: {0}",
          failure.getMessage());
      LOG.log(Level.DEBUG, "The failure of the cleanup", failure);
    }
  }
}
