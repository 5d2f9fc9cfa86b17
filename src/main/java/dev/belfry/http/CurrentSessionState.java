package dev.belfry.http;

import static java.util.Objects.requireNonNull;

import dev.belfry.session.Session;
import dev.belfry.session.SessionStates;
import dev.belfry.session.SessionStore;
import dev.belfry.session.StateType;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The state of {@link CurrentSession}. Thread-safe as far as that is. */
public final class CurrentSessionState<T> implements SessionState<T> {

  private final StateType<T> type;
  private final CurrentSession current;
  private final SessionStore store;
  private final SessionStates states;

  /**
   * @param type what the state is read and written as
   * @param current whose state
   * @param store where it is read
   * @param states where it is changed
   */
  public CurrentSessionState(
      StateType<T> type, CurrentSession current, SessionStore store, SessionStates states) {
    this.type = requireNonNull(type, "type");
    this.current = requireNonNull(current, "current");
    this.store = requireNonNull(store, "store");
    this.states = requireNonNull(states, "states");
  }

  @Override
  public Optional<T> get() {
    return current.session().map(Session::id).flatMap(store::find).map(this::read);
  }

  private T read(Session session) {
    return type.read(session.id(), session.state());
  }

  @Override
  public void set(T value) {
    if (states.apply(sessionId(), type.setting(value)).isEmpty()) {
      throw new IllegalStateException("The session has ended, and its state cannot be set");
    }
  }

  @Override
  public Optional<T> update(UnaryOperator<T> change) {
    requireNonNull(change, "change");
    String id = sessionId();
    return states
        .update(
            id,
            state ->
                type.write(
                    state, requireNonNull(change.apply(type.read(id, state)), "the changed value")))
        .map(this::read);
  }

  private String sessionId() {
    return current
        .session()
        .map(Session::id)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "The request has no session: the filter admits one for a POST with Mcp-Session-Id"));
  }
}
