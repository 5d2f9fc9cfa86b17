package dev.belfry.cdi;

import dev.belfry.http.CurrentSession;
import dev.belfry.http.CurrentSessionState;
import dev.belfry.http.SessionState;
import dev.belfry.session.SessionStates;
import dev.belfry.session.SessionStore;
import dev.belfry.session.StateType;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Produces;
import jakarta.enterprise.inject.spi.InjectionPoint;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.stream.Stream;

/** Makes a {@link SessionState} of whatever type an application injects it of. */
@Dependent
class SessionStateProducer {

  @Produces
  @Dependent
  <T> SessionState<T> state(
      InjectionPoint point, CurrentSession current, SessionStore store, SessionStates states) {
    @SuppressWarnings("unchecked") // The container resolves T to just this type.
    Class<T> type = (Class<T>) requireStateType(point.getType());
    return new CurrentSessionState<>(new StateType<>(type), current, store, states);
  }

  /**
   * The type that a {@code SessionState} is of.
   *
   * @throws IllegalArgumentException if no JSON object can be read as it, or none that says all of
   *     the type
   */
  static Class<?> requireStateType(Type sessionState) {
    if (sessionState instanceof ParameterizedType parameterized
        && parameterized.getActualTypeArguments()[0] instanceof Class<?> type
        && !type.isArray()
        && !type.isEnum()
        && Stream.of("java.", "jakarta.").noneMatch(type.getName()::startsWith)) {
      return type;
    }
    throw new IllegalArgumentException(
        "A session's state is a JSON object; inject SessionState of a record or class of the application's that is one, and not "
            + sessionState.getTypeName());
  }
}
