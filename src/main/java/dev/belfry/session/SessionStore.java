package dev.belfry.session;

import jakarta.json.JsonObject;
import java.util.Optional;

/**
 * Keeps sessions. Any replica that shares the store can serve any session.
 *
 * <p>A session is <em>live</em> until its expiry; an expired session is found by no operation,
 * whether or not {@link #deleteExpired()} has removed it yet. Time is the store's clock: for
 * PostgreSQL the database's, so that replicas with different clocks agree.
 *
 * <p>Every operation may block on the backend and may be called by any number of threads. All throw
 * {@link IllegalArgumentException} for an argument that breaks a rule of {@link SessionIds} or
 * {@link SessionState}, {@link SessionStoreUnavailableException} when the backend cannot be reached
 * (worth trying again), and {@link SessionStoreException} for every other failure of the backend;
 * nothing is half-written. After {@link #close()} they throw {@link IllegalStateException}.
 */
public interface SessionStore extends AutoCloseable {

  /**
   * Stores a new session that expires after the configured time to live.
   *
   * <p>An expired session of the same id and the same owner is replaced. Anything else of that id
   * is left alone: a live session is never overwritten, and an owner never takes over another's id.
   *
   * @param id a valid id, see {@link SessionIds}
   * @param userId the owner; empty for an anonymous session
   * @param state the first state
   * @return the session as stored
   * @throws SessionConflictException if the id is taken
   */
  Session create(String id, String userId, JsonObject state);

  /**
   * Finds a live session.
   *
   * @return the session, or empty if there is none of that id or it has expired
   */
  Optional<Session> find(String id);

  /**
   * Finds the live session of an owner that was active last, among those whose id starts with a
   * prefix.
   *
   * @param userId the owner; for an anonymous owner (empty) nothing is found
   * @param idPrefix what the id has to start with; empty for any
   */
  Optional<Session> latestForUser(String userId, String idPrefix);

  /**
   * Marks a live session as active now and moves its expiry to the time to live from now. An expiry
   * that is later already stays: it never moves backwards.
   *
   * @return whether a live session was touched
   */
  boolean touch(String id);

  /**
   * Deletes a session. To delete what is not there is no error.
   *
   * @return whether a live session was deleted
   */
  boolean delete(String id);

  /**
   * Lists live sessions of all owners, page by page, in an order that is stable but unspecified. A
   * session that is live during the whole listing appears exactly once.
   *
   * @param request where to go on and how many at most
   */
  SessionPage list(SessionPage.Request request);

  /**
   * Changes members of a live session's state: those named by {@code changes} are set, the others
   * stay as they are. The merge is shallow (an object replaces an object whole) and atomic:
   * concurrent merges of different members are all kept. It does not touch the session.
   *
   * @return whether a live session was changed
   */
  boolean mergeState(String id, JsonObject changes);

  /**
   * Removes sessions that have expired. Sessions that somebody is changing at this moment are left
   * for the next time. Safe to call on several replicas at once.
   *
   * @return how many were removed
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
