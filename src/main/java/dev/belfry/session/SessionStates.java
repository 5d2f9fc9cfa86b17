package dev.belfry.session;

import jakarta.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Changes the state of live sessions where {@link SessionStore#mergeState} is not enough. Every
 * change is atomic on all replicas, counts {@link Session#version} up, and does not touch the
 * session; a session that is not live stays as it is. Blocks, is thread-safe, and fails as {@link
 * SessionStore} does; with {@link StateTooLargeException} if the state would become larger than
 * allowed.
 */
public interface SessionStates {

  /** See {@link #apply(String, List)}. */
  default Optional<Session> apply(String id, StateChange change) {
    return apply(id, List.of(change));
  }

  /**
   * Applies changes, one after the other, all or none. None is lost, however many are made to one
   * session at once.
   *
   * @return the session afterwards; empty if there is no live session of that id
   * @throws StateChangeException if one does not fit the state
   */
  Optional<Session> apply(String id, List<StateChange> changes);

  /**
   * Replaces the state if nobody has changed it since a version.
   *
   * @param version the version that the session must have, see {@link Session#version}
   * @return the session afterwards; empty if there is no live session of that id
   * @throws VersionConflictException if it has another version
   */
  Optional<Session> compareAndSet(String id, long version, JsonObject state);

  /**
   * Replaces the state by what is made of it. Nothing is locked meanwhile; if somebody else changes
   * the session first, it is made again of the new state, a bounded number of times.
   *
   * @param change may be called several times; must not use the session
   * @return the session afterwards; empty if there is no live session of that id
   * @throws VersionConflictException if others were first every time
   */
  Optional<Session> update(String id, UnaryOperator<JsonObject> change);
}
