package dev.belfry.postgres;

import static java.util.Objects.requireNonNull;

import dev.belfry.event.DeliveryObserver;
import dev.belfry.event.EventId;
import dev.belfry.event.Passed;
import dev.belfry.event.Reset;
import dev.belfry.event.ServerEvent;
import dev.belfry.session.SessionEvent;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Takes what replicas tell each other of sessions out of the events that arrive, for the cache and
 * for the application. All else goes on to the next observer.
 */
public final class SessionFeed implements DeliveryObserver {

  private static final Logger LOG = System.getLogger(SessionFeed.class.getName());

  private final DeliveryObserver next;
  private final SessionCodec codec;
  private final Optional<SessionCache> cache;
  private final Consumer<SessionEvent> observer;

  /**
   * @param next gets all that is not about sessions
   * @param codec as the sessions have it
   * @param cache of this replica
   * @param observer told what happened to sessions, on the delivering thread
   */
  public SessionFeed(
      DeliveryObserver next,
      SessionCodec codec,
      Optional<SessionCache> cache,
      Consumer<SessionEvent> observer) {
    this.next = requireNonNull(next, "next");
    this.codec = requireNonNull(codec, "codec");
    this.cache = requireNonNull(cache, "cache");
    this.observer = requireNonNull(observer, "observer");
  }

  @Override
  public void onEvent(ServerEvent event) {
    next.onEvent(event);
  }

  @Override
  public void onPassed(Passed passed) {
    ServerEvent entry = passed.entry();
    if (!entry.topic().equals(SessionAnnouncements.TOPIC)) {
      next.onPassed(passed);
      return;
    }
    // First of all, whatever may be wrong with the rest of it.
    cache.ifPresent(present -> present.invalidate(entry.params().getString("id", "")));
    next.onPassed(passed);
    SessionAnnouncements.read(entry, codec)
        .ifPresentOrElse(
            announcement -> announcement.event().ifPresent(observer),
            () -> LOG.log(Level.DEBUG, "Not known what it says of a session: {0}", entry.method()));
  }

  /** What was announced meanwhile is lost: nothing that is remembered can be relied on. */
  @Override
  public void onReset(Reset reset) {
    cache.ifPresent(SessionCache::clear);
    next.onReset(reset);
  }

  @Override
  public void onPosition(EventId position) {
    next.onPosition(position);
  }
}
