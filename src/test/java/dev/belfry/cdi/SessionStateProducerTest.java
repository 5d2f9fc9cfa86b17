package dev.belfry.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.belfry.http.SessionState;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionStateProducerTest {

  /** An application's. */
  record Cart(List<String> items) {}

  /** An application's, too, but no object in JSON. */
  enum Colour {
    RED
  }

  /** What might be injected. */
  @SuppressWarnings({"rawtypes", "UnusedVariable"})
  private static final class Injected<T> {
    SessionState<Cart> cart;
    SessionState<List<String>> list;
    SessionState<Map<String, String>> map;
    SessionState<String> text;
    SessionState<Integer> number;
    SessionState<Object> anything;
    SessionState<Cart[]> carts;
    SessionState<Colour> colour;
    SessionState<? extends Cart> wildcard;
    SessionState<T> variable;
    SessionState raw;
  }

  @Test
  void stateOfARecordIsReadAsThat() throws Exception {
    assertThat(SessionStateProducer.requireStateType(type("cart"))).isEqualTo(Cart.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "list",
        "map",
        "text",
        "number",
        "anything",
        "carts",
        "colour",
        "wildcard",
        "variable",
        "raw"
      })
  void whatIsNoRecordOrClassOfTheApplicationsIsRefused(String field) throws Exception {
    Type type = type(field);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> SessionStateProducer.requireStateType(type))
        .withMessageEndingWith(type.getTypeName());
  }

  private static Type type(String field) throws NoSuchFieldException {
    return Injected.class.getDeclaredField(field).getGenericType();
  }
}
