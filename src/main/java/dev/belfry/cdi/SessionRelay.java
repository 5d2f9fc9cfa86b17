package dev.belfry.cdi;

import dev.belfry.config.BelfrySettings;
import dev.belfry.session.SessionEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** Makes CDI events of what happens to sessions, if they are wanted. */
@ApplicationScoped
class SessionRelay {

  private static final Logger LOG = System.getLogger(SessionRelay.class.getName());

  @Inject private BelfrySettings settings;
  @Inject private Event<SessionEvent> events;

  /** Observers see the type of what happened, such as {@code @Observes SessionExpired}. */
  public void tell(SessionEvent event) {
    if (!settings.session().events()) {
      return;
    }
    // Boundary to foreign code: whatever an application's observer throws, an Error too, is not the
    // failure of whoever changed the session, nor of the loop that delivers.
    try {
      events.fire(event);
    } catch (RuntimeException | Error failure) {
      LOG.log(
          Level.ERROR, "An observer of " + event.getClass().getSimpleName() + " failed", failure);
    }
  }
}
