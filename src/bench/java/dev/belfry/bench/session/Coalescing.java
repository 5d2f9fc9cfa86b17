package dev.belfry.bench.session;

import dev.belfry.bench.measure.Load;
import dev.belfry.config.BelfrySettings;
import dev.belfry.session.Session;
import dev.belfry.session.SessionActivity;
import dev.belfry.session.SessionStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Belfry's touches, as requests make them: noted, and brought to the database together. */
final class Coalescing {
  private final SessionStore store;
  private final BelfrySettings.Sessions settings;
  private final List<Session> sessions;

  /**
   * @param sessions as they were found, long before they are touched
   */
  Coalescing(SessionStore store, BelfrySettings.Sessions settings, List<Session> sessions) {
    this.store = store;
    this.settings = settings;
    this.sessions = sessions;
  }

  /** How many are done, and within which time, until the last one is in the database. */
  record Done(long touches, Duration time) {
    double perSecond() {
      return touches * 1e9 / time.toNanos();
    }
  }

  /** One touch after the other, in several threads. */
  Done closedLoop(int threads, Duration duration) throws InterruptedException {
    LongAdder count = new LongAdder();
    return measure(
        count,
        activity -> {
          double unused =
              Load.perSecond(
                  threads,
                  duration,
                  () -> {
                    activity.note(random());
                    count.increment();
                  });
        });
  }

  /** So many, evenly distributed over the time. */
  Done atAnEvenPace(long touches, Duration duration) throws InterruptedException {
    LongAdder count = new LongAdder();
    return measure(
        count,
        activity -> {
          long start = System.nanoTime();
          for (long number = 0; number < touches; number++) {
            long ahead = start + number * duration.toNanos() / touches - System.nanoTime();
            if (ahead > TimeUnit.MILLISECONDS.toNanos(1)) {
              TimeUnit.NANOSECONDS.sleep(ahead);
            }
            activity.note(random());
            count.increment();
          }
        });
  }

  private Session random() {
    return sessions.get(ThreadLocalRandom.current().nextInt(sessions.size()));
  }

  private interface Requests {
    void useSessions(SessionActivity activity) throws InterruptedException;
  }

  private Done measure(LongAdder count, Requests requests) throws InterruptedException {
    ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(2);
    // A new one each time: it knows of no touch before.
    try (SessionActivity activity =
        new SessionActivity(store, settings.touchInterval(), settings.touchWindow(), scheduler)) {
      long start = System.nanoTime();
      requests.useSessions(activity);
      activity.close();
      return new Done(count.sum(), Duration.ofNanos(System.nanoTime() - start));
    } finally {
      scheduler.shutdown();
    }
  }
}
