package dev.belfry.http;

import dev.belfry.session.StateTooLargeException;
import dev.belfry.session.UnreadableStateException;
import dev.belfry.session.VersionConflictException;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The state of the request's session, as a record or class of the application's: {@code @Inject
 * SessionState<Cart> cart}. The session is the one that {@link CurrentSession} has.
 *
 * <p>The type need not have all members of the state. Those that it does not have stay as they are,
 * so that several types can share a session, and two versions of an application during a
 * deployment; of those that it has each is replaced whole, and removed where it is null.
 *
 * <p>Every call goes to the store and may block; nothing is remembered between calls, so that each
 * sees what this request and all others have changed. For use within a request. Fails as {@link
 * dev.belfry.session.SessionStore} does.
 *
 * @param <T> a type that JSON-B makes a JSON object of: no collection, no text, no number
 */
public interface SessionState<T> {

  /**
   * Reads the state. That of a new session has no members: all are null then, or what the type has
   * for a default.
   *
   * @return the state; empty if the request has no session, or if it has ended
   * @throws UnreadableStateException if the state is not of this type; it stays stored as it is
   */
  Optional<T> get();

  /**
   * Sets the members that the type has, whatever they are now.
   *
   * @throws IllegalStateException if the request has no session, or if it has ended
   * @throws StateTooLargeException if the state would become larger than allowed
   */
  void set(T value);

  /**
   * Changes the state to what is made of it. If somebody else changes the session first, it is made
   * again of the new state, a bounded number of times.
   *
   * @param change may be called several times; must not use the session
   * @return what it is now; empty if the session has ended
   * @throws IllegalStateException if the request has no session
   * @throws UnreadableStateException if the state is not of this type; it stays stored as it is
   * @throws StateTooLargeException if the state would become larger than allowed
   * @throws VersionConflictException if others were first every time
   */
  Optional<T> update(UnaryOperator<T> change);
}
