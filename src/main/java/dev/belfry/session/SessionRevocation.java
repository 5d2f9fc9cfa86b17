package dev.belfry.session;

import java.util.Optional;

/**
 * Ends sessions by order: of a user, or of an id that may have become known. Each operation takes
 * effect on all replicas when it returns. Blocks, is thread-safe, and fails as {@link SessionStore}
 * does.
 */
public interface SessionRevocation {

  /**
   * Deletes all sessions of a user. Those that have expired cannot be revived any more.
   *
   * @param userId the owner; for an anonymous owner (empty) nothing is done
   * @return how many live ones were deleted
   */
  int deleteAll(String userId);

  /**
   * Deletes all sessions of a user but one: "sign me out everywhere else". Those that have expired
   * cannot be revived any more.
   *
   * @param userId the owner; for an anonymous owner (empty) nothing is done
   * @param keptId the id of the one that stays; it need not be the user's
   * @return how many live ones were deleted
   */
  int deleteAllExcept(String userId, String keptId);

  /**
   * Gives a live session another id, as after a change of privileges. The old id is dead at once;
   * owner, state, lifetime and creation stay.
   *
   * @param id the old id
   * @param newId a valid id
   * @return the session under its new id; empty if there is no live session of the old one
   * @throws SessionConflictException if the new id is taken
   */
  Optional<Session> rotate(String id, String newId);
}
