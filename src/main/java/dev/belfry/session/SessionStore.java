package dev.belfry.session;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;

/**
 * Keeps sessions. Any replica that shares the store can serve any session. What goes beyond one
 * session by its id, or beyond simple changes, is in {@link SessionQueries}, {@link
 * SessionRevocation} and {@link SessionStates}.
 *
 * <p>A session is <em>live</em> until its expiry or its deletion; afterwards it is found by no
 * operation, whether or not {@link #deleteExpired()} has been there yet, and none but {@link
 * #revive} brings it back. Time is the store's clock: for PostgreSQL the database's, so that
 * replicas with different clocks agree.
 *
 * <p>Every operation may block on the backend and may be called by any number of threads. All throw
 * {@link IllegalArgumentException} for an argument that breaks a rule of {@link SessionIds} or
 * {@link StateRules}, {@link SessionStoreUnavailableException} when the backend cannot be reached
 * (worth trying again), and {@link SessionStoreException} for every other failure of the backend;
 * nothing is half-written. After {@link #close()} they throw {@link IllegalStateException}.
 *
 * <p>Within a transaction of the caller's (JTA) an operation stands alone: it is done when it
 * returns, whatever becomes of the transaction. In a container, what is injected with the qualifier
 * {@code InTransaction} takes part in the transaction instead.
 */
public interface SessionStore extends AutoCloseable {

  /**
   * Stores a new session that lives as long as is configured, see {@link #create(String, String,
   * JsonObject, Lifetime)}.
   */
  Session create(String id, String userId, JsonObject state);

  /**
   * Stores a new session for a client with which nothing was negotiated, see {@link #create(String,
   * String, JsonObject, Lifetime, JsonObject)}.
   */
  default Session create(String id, String userId, JsonObject state, Lifetime lifetime) {
    return create(id, userId, state, lifetime, JsonValue.EMPTY_JSON_OBJECT);
  }

  /**
   * Stores a new session.
   *
   * <p>An expired session of the same id and the same owner is replaced. Anything else of that id
   * is left alone: a live session is never overwritten, an owner never takes over another's id, and
   * a deleted id stays dead for {@link SessionRules#reviveWindow}.
   *
   * @param id a valid id, see {@link SessionIds}
   * @param userId the owner; empty for an anonymous session
   * @param state the first state
   * @param lifetime how long it lives
   * @param negotiated what was agreed on with the client; stays with the session as it is, see
   *     {@link StateRules#requireNegotiated}
   * @return the session as stored
   * @throws SessionConflictException if the id is taken
   * @throws SessionLimitException if the user has too many, and none is to be evicted
   * @throws StateTooLargeException if the state is larger than allowed
   */
  Session create(
      String id, String userId, JsonObject state, Lifetime lifetime, JsonObject negotiated);

  /**
   * Finds a live session.
   *
   * @return the session, or empty if there is none of that id or it has expired
   * @throws UnreadableStateException if somebody else has stored what cannot be read
   */
  Optional<Session> find(String id);

  /**
   * Brings an expired session back for its owner: under the same id, with its state and what was
   * negotiated, as if it had been touched. Only within {@link SessionRules#reviveWindow} after its
   * expiry, and never beyond its maximum lifetime; a deleted session never comes back. Whether it
   * had been announced that it expired makes no difference. A session that is live is found and not
   * changed. Its version stays, since its state does. It counts among its user's sessions again: if
   * there are too many, others are evicted, never this one.
   *
   * @param userId who asks, as {@link Session#userId} has it
   * @return the session, live; empty if there is none of that id that this owner can have back
   * @throws SessionLimitException if the user has too many, and none is to be evicted; the session
   *     stays expired
   * @throws UnreadableStateException if somebody else has stored what cannot be read; the session
   *     stays as it is
   */
  Optional<Session> revive(String id, String userId);

  /** Whether there is a live session of that id. Does not read its state. */
  boolean exists(String id);

  /**
   * Marks a live session as active now and moves its expiry to its time to live from now, but not
   * beyond its maximum. An expiry that is later already stays: it never moves backwards.
   *
   * @return whether a live session was touched
   */
  boolean touch(String id);

  /**
   * Touches sessions together. Does not wait for those that somebody is changing at this moment.
   *
   * @param ids valid ids, any number
   */
  Touched touchAll(Collection<String> ids);

  /**
   * What {@link #touchAll} has done. Ids that are in neither set were being changed by somebody:
   * they live and can be touched another time.
   *
   * @param touched those that were touched
   * @param gone those that are not live
   */
  record Touched(Set<String> touched, Set<String> gone) {
    public Touched {
      touched = Set.copyOf(touched);
      gone = Set.copyOf(gone);
    }
  }

  /**
   * Deletes a session, with its state. To delete what is not there is no error.
   *
   * @param id its id; also as {@link SessionQueries} gives it
   * @return whether a live session was deleted
   */
  boolean delete(String id);

  /**
   * Changes members of a live session's state: those named by {@code changes} are set, the others
   * stay as they are. The merge is shallow (an object replaces an object whole) and atomic:
   * concurrent merges of different members are all kept. It does not touch the session.
   *
   * @return whether a live session was changed
   * @throws StateTooLargeException if the state would become larger than allowed
   */
  boolean mergeState(String id, JsonObject changes);

  /**
   * Ends sessions that have expired, for which {@link SessionExpired} is announced, and removes
   * those whose end is longer ago than {@link SessionRules#reviveWindow}. Sessions that somebody is
   * changing at this moment are left for the next time. Safe to call on several replicas at once:
   * one works, and the others have nothing to do.
   *
   * @return how many sessions expired
   */
  int deleteExpired();

  /**
   * Asks the backend whether it could serve sessions now.
   *
   * @throws SessionStoreException if not; the message says why and holds no secret
   */
  void check();

  /** Ends the use of the store; what is stored stays. Idempotent. */
  @Override
  void close();
}
