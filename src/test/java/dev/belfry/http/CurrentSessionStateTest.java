package dev.belfry.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.belfry.session.Session;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionRules;
import dev.belfry.session.StateTooLargeException;
import dev.belfry.session.StateType;
import dev.belfry.session.UnreadableStateException;
import dev.belfry.testkit.SettableClock;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.StringReader;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CurrentSessionStateTest {

  private static final String ID = "id-of-a-session";

  private final SessionBackend sessions =
      SessionBackend.inMemory(
          SessionRules.of(Duration.ofMinutes(1)).withMaxStateBytes(200),
          new SettableClock(),
          event -> {});
  private final CurrentSession current = new CurrentSession();
  private final SessionState<Cart> cart =
      new CurrentSessionState<>(
          new StateType<>(Cart.class), current, sessions.store(), sessions.states());

  /** An application's. */
  public record Cart(List<String> items, String coupon) {
    Cart with(String item) {
      return new Cart(Stream.concat(items.stream(), Stream.of(item)).toList(), coupon);
    }
  }

  @Test
  void stateIsThatOfTheRequestsSession() {
    begin("{'items':['tea'],'coupon':'X'}");

    assertThat(cart.get()).contains(new Cart(List.of("tea"), "X"));
  }

  @Test
  void stateOfANewSessionHasNoMembers() {
    begin("{}");

    assertThat(cart.get()).contains(new Cart(null, null));
  }

  @Test
  void requestWithoutSessionHasNoState() {
    assertThat(cart.get()).isEmpty();
    assertThatIllegalStateException()
        .isThrownBy(() -> cart.set(new Cart(List.of(), "")))
        .withMessageContaining("no session");
    assertThatIllegalStateException()
        .isThrownBy(() -> cart.update(any -> any))
        .withMessageContaining("no session");
  }

  @Test
  void sessionThatHasEndedHasNoState() {
    begin("{'items':[]}");
    sessions.store().delete(ID);

    assertThat(cart.get()).isEmpty();
    assertThat(cart.update(before -> before.with("tea"))).isEmpty();
    assertThatIllegalStateException()
        .isThrownBy(() -> cart.set(new Cart(List.of(), "")))
        .withMessageContaining("ended");
  }

  @Test
  void changesOfOthersAreSeen() {
    begin("{'items':['tea']}");

    sessions.store().mergeState(ID, json("{'items':['milk']}"));

    assertThat(cart.get().orElseThrow().items()).containsExactly("milk");
  }

  @Test
  void whatIsSetIsSeenAndLeavesTheMembersAloneThatTheTypeDoesNotHave() {
    begin("{'theme':{'dark':true},'coupon':'X'}");

    cart.set(new Cart(List.of("tea"), null));

    assertThat(cart.get()).contains(new Cart(List.of("tea"), null));
    assertThat(stored()).isEqualTo(json("{'theme':{'dark':true},'items':['tea']}"));
  }

  @Test
  void updateChangesWhatIsStored() {
    begin("{'items':['tea'],'theme':1}");

    assertThat(cart.update(before -> before.with("milk")))
        .contains(new Cart(List.of("tea", "milk"), null));

    assertThat(stored()).isEqualTo(json("{'items':['tea','milk'],'theme':1}"));
  }

  @Test
  void updateLosesNoChangeOfAnother() {
    begin("{'items':[]}");
    AtomicInteger calls = new AtomicInteger();

    cart.update(
        before -> {
          if (calls.incrementAndGet() == 1) {
            sessions.store().mergeState(ID, json("{'items':['of another'],'theme':1}"));
          }
          return before.with("tea");
        });

    assertThat(calls).hasValue(2);
    assertThat(stored()).isEqualTo(json("{'items':['of another','tea'],'theme':1}"));
  }

  @Test
  void stateThatIsNotOfTheTypeIsAnErrorAndStaysStored() {
    JsonObject before = begin("{'items':'none','theme':1}").state();

    assertThatExceptionOfType(UnreadableStateException.class)
        .isThrownBy(cart::get)
        .withMessageContaining(Cart.class.getName())
        .satisfies(unreadable -> assertThat(unreadable.sessionId()).contains(ID));
    assertThatExceptionOfType(UnreadableStateException.class)
        .isThrownBy(() -> cart.update(any -> new Cart(List.of(), "")));
    assertThat(stored()).isEqualTo(before);
  }

  @Test
  void stateThatWouldBecomeTooLargeStaysAsItWas() {
    JsonObject before = begin("{'items':['tea']}").state();
    Cart large = new Cart(List.of("x".repeat(200)), "");

    assertThatExceptionOfType(StateTooLargeException.class).isThrownBy(() -> cart.set(large));
    assertThatExceptionOfType(StateTooLargeException.class)
        .isThrownBy(() -> cart.update(any -> large));
    assertThat(stored()).isEqualTo(before);
  }

  private Session begin(String state) {
    Session session = sessions.store().create(ID, "", json(state));
    current.set(session);
    return session;
  }

  private JsonObject stored() {
    return sessions.store().find(ID).orElseThrow().state();
  }

  private static JsonObject json(String text) {
    return Json.createReader(new StringReader(text.replace('\'', '"'))).readObject();
  }
}
