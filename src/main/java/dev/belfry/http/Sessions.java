package dev.belfry.http;

import dev.belfry.session.Lifetime;
import dev.belfry.session.Session;
import dev.belfry.session.SessionGate;
import dev.belfry.session.SessionGate.Admission;
import dev.belfry.session.SessionIds;
import dev.belfry.session.SessionLimitException;
import dev.belfry.session.SessionStore;
import dev.belfry.session.SessionStoreException;
import dev.belfry.session.SessionStoreUnavailableException;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.Supplier;

/**
 * The sessions as the filter uses them: what the store cannot do becomes a refusal. Thread-safe.
 *
 * @param lifetime of new sessions
 * @param revives whether an expired session comes back when its owner does
 */
record Sessions(SessionStore store, SessionGate gate, Lifetime lifetime, boolean revives) {

  private static final Logger LOG = System.getLogger(Sessions.class.getName());

  /** The session of that id, brought back to life if need be. */
  Session admit(Caller caller, String id) throws RefusedException {
    requireValid(id);
    return granted(
        guarded(
            () ->
                revives
                    ? gate.admitReviving(caller.userId(), id)
                    : gate.admit(caller.userId(), id)));
  }

  /** The session of that id, if it lives. */
  Session admitLive(Caller caller, String id) throws RefusedException {
    requireValid(id);
    return granted(guarded(() -> gate.admit(caller.userId(), id)));
  }

  private static void requireValid(String id) throws RefusedException {
    if (!SessionIds.isValid(id)) {
      throw new RefusedException(Refusal.ID_MALFORMED);
    }
  }

  private static Session granted(Admission admission) throws RefusedException {
    if (admission instanceof Admission.Granted granted) {
      return granted.session();
    }
    throw new RefusedException(
        admission instanceof Admission.Forbidden
            ? Refusal.OWNER_FORBIDDEN
            : Refusal.SESSION_UNKNOWN);
  }

  /** Stores a new session. */
  Session create(Caller caller, JsonObject negotiated) throws RefusedException {
    return guarded(
        () ->
            store.create(
                SessionIds.mint(),
                caller.userId(),
                JsonValue.EMPTY_JSON_OBJECT,
                lifetime,
                negotiated));
  }

  /** Ends a session on all replicas. */
  void delete(Session session) throws RefusedException {
    boolean unused = guarded(() -> store.delete(session.id()));
  }

  private static <T> T guarded(Supplier<T> work) throws RefusedException {
    try {
      return work.get();
    } catch (SessionLimitException failure) {
      LOG.log(Level.DEBUG, "A user has too many sessions", failure);
      throw new RefusedException(Refusal.SESSIONS_EXHAUSTED);
    } catch (SessionStoreUnavailableException failure) {
      LOG.log(Level.DEBUG, "Sessions are unavailable", failure);
      throw new RefusedException(Refusal.UNAVAILABLE);
    } catch (SessionStoreException failure) {
      // Causes may quote what is stored: they are for who looks for them.
      LOG.log(Level.ERROR, "Sessions cannot be used: {0}", failure.getMessage());
      LOG.log(Level.DEBUG, "The failure of the sessions", failure);
      throw new RefusedException(Refusal.FAILED);
    }
  }
}
