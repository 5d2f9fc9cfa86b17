package dev.belfry.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateTypeTest {

  /** A record with members of every kind of integer. */
  public record Whole(int i, long l, List<Integer> many) {}

  @ParameterizedTest
  @ValueSource(strings = {"{\"i\":99999999999}", "{\"l\":1.7}", "{\"many\":[1,99999999999]}"})
  void numberThatDoesNotFitIsNotCutOff(String json) {
    JsonObject state = Json.createReader(new StringReader(json)).readObject();

    assertThatThrownBy(() -> new StateType<>(Whole.class).read("id-of-a-session", state))
        .isInstanceOf(UnreadableStateException.class);
  }

  private static final StateType<Cart> CART = new StateType<>(Cart.class);

  /** An application's. */
  public record Cart(List<Item> items, String coupon, Optional<Instant> paidAt) {}

  /** A part of it. */
  public record Item(String name, BigDecimal price) {}

  /** As applications wrote them before there were records. */
  public static class Profile {
    private String name = "nobody";

    public String getName() {
      return name;
    }

    public void setName(String newName) {
      name = newName;
    }
  }

  /** One that is particular about what it holds. */
  public record Positive(int number) {
    public Positive {
      if (number <= 0) {
        throw new IllegalArgumentException("number must be positive");
      }
    }
  }

  @Test
  void stateIsReadAsARecord() {
    Session session =
        session(
            "{'items':[{'name':'tea','price':2.50}],'coupon':'X','paidAt':'2026-01-01T00:00:00Z'}");

    assertThat(session.stateAs(Cart.class))
        .isEqualTo(
            new Cart(
                List.of(new Item("tea", new BigDecimal("2.50"))),
                "X",
                Optional.of(Instant.parse("2026-01-01T00:00:00Z"))));
  }

  @Test
  void stateIsReadAsABean() {
    assertThat(session("{'name':'ann'}").stateAs(Profile.class).getName()).isEqualTo("ann");
    assertThat(session("{}").stateAs(Profile.class).getName()).isEqualTo("nobody");
  }

  @Test
  void membersThatTheTypeDoesNotHaveAreIgnored() {
    Cart cart = session("{'coupon':'X','later':{'a':[1]},'items':[{'new':1}]}").stateAs(Cart.class);

    assertThat(cart.coupon()).isEqualTo("X");
    assertThat(cart.items()).hasSize(1);
  }

  @Test
  void membersThatTheStateDoesNotHaveAreAbsent() {
    Cart cart = session("{}").stateAs(Cart.class);

    assertThat(cart.items()).isNull();
    assertThat(cart.coupon()).isNull();
    assertThat(cart.paidAt()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'items':'none'}", "{'items':[1]}", "{'paidAt':'yesterday'}"})
  void stateOfAnotherShapeIsAnErrorThatNamesSessionAndType(String state) {
    Session session = session(state);

    assertThatExceptionOfType(UnreadableStateException.class)
        .isThrownBy(() -> session.stateAs(Cart.class))
        .withMessageContaining(SessionIds.abbreviate(session.id()))
        .withMessageContaining(Cart.class.getName())
        .withMessageNotContaining(session.id())
        .satisfies(unreadable -> assertThat(unreadable.sessionId()).contains(session.id()));
  }

  @Test
  void stateThatTheTypeItselfRefusesIsUnreadable() {
    Session session = session("{'number':-1}");

    assertThatExceptionOfType(UnreadableStateException.class)
        .isThrownBy(() -> session.stateAs(Positive.class));
  }

  @Test
  void writingChangesOnlyTheMembersThatTheTypeHas() {
    JsonObject state = json("{'coupon':'X','paidAt':'2026-01-01T00:00:00Z','theme':{'dark':true}}");

    JsonObject changed = CART.write(state, new Cart(List.of(), null, Optional.empty()));

    assertThat(changed).isEqualTo(json("{'items':[],'theme':{'dark':true}}"));
  }

  @Test
  void whatIsWrittenIsReadAgain() {
    Cart cart =
        new Cart(
            List.of(new Item("tea", new BigDecimal("1E-30")), new Item("\"\\\u00fc", null)),
            "",
            Optional.of(Instant.EPOCH));

    JsonObject written = CART.write(JsonValue.EMPTY_JSON_OBJECT, cart);

    assertThat(CART.read("id", written)).isEqualTo(cart);
  }

  @Test
  void valueThatIsNoObjectIsRefused() {
    StateType<String> text = new StateType<>(String.class);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> text.write(JsonValue.EMPTY_JSON_OBJECT, "x"))
        .withMessageContaining("java.lang.String");
  }

  @Test
  void mapsMembersAreItsEntries() {
    @SuppressWarnings("rawtypes")
    StateType<Map> map = new StateType<>(Map.class);

    assertThat(map.write(json("{'a':1,'b':2}"), Map.of("b", 3))).isEqualTo(json("{'a':1,'b':3}"));
  }

  private static Session session(String state) {
    Instant now = Instant.EPOCH;
    return new Session("a-session-of-somebody", "", now, now, now, json(state), 0, json("{}"));
  }

  private static JsonObject json(String text) {
    return Json.createReader(new StringReader(text.replace('\'', '"'))).readObject();
  }
}
