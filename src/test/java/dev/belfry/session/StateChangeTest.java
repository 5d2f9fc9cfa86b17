package dev.belfry.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.math.BigDecimal;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StateChangeTest {

  @Test
  void mergeIsShallow() {
    StateChange change = StateChange.merge(json("{'a': {'y': 1}, 'c': null}"));

    assertThat(change.applyTo(json("{'a': {'x': 1}, 'b': 2}")))
        .isEqualTo(json("{'a': {'y': 1}, 'b': 2, 'c': null}"));
  }

  /** The examples of RFC 7396, appendix A, that are of objects. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          {'a': 'b'}             | {'a': 'c'}                  | {'a': 'c'}
          {'a': 'b'}             | {'b': 'c'}                  | {'a': 'b', 'b': 'c'}
          {'a': 'b'}             | {'a': null}                 | {}
          {'a': 'b', 'b': 'c'}   | {'a': null}                 | {'b': 'c'}
          {'a': ['b']}           | {'a': 'c'}                  | {'a': 'c'}
          {'a': 'c'}             | {'a': ['b']}                | {'a': ['b']}
          {'a': {'b': 'c'}}      | {'a': {'b': 'd', 'c': null}} | {'a': {'b': 'd'}}
          {'a': [{'b': 'c'}]}    | {'a': [1]}                  | {'a': [1]}
          {'e': null}            | {'a': 1}                    | {'e': null, 'a': 1}
          {}                     | {'a': {'bb': {'ccc': null}}} | {'a': {'bb': {}}}
          """)
  void mergePatchIsThatOfTheRfc(String state, String patch, String expected) {
    assertThat(StateChange.mergePatch(json(patch)).applyTo(json(state))).isEqualTo(json(expected));
  }

  @Test
  void removeKeysRemovesMembersThatAreThere() {
    StateChange change = StateChange.removeKeys("a", "never", "/b");

    assertThat(change.applyTo(json("{'a': 1, 'b': {'a': 2}}"))).isEqualTo(json("{'b': {'a': 2}}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          {'n': 1}              | /n       | 2     | {'n': 3}
          {'n': 1}              | /n       | -1    | {'n': 0}
          {'n': 1}              | /n       | 0.25  | {'n': 1.25}
          {}                    | /n       | 5     | {'n': 5}
          {}                    | /a/b     | 5     | {'a': {'b': 5}}
          {}                    | /a/0     | 5     | {'a': {'0': 5}}
          {'a': [1, 2]}         | /a/1     | 5     | {'a': [1, 7]}
          {'a': [1, 2]}         | /a/2     | 5     | {'a': [1, 2, 5]}
          {'a': [{'n': 1}]}     | /a/0/n   | 5     | {'a': [{'n': 6}]}
          {'a': []}             | /a/-/n   | 5     | {'a': [{'n': 5}]}
          {'': 1}               | /        | 5     | {'': 6}
          {'a/b': {'~': 1}}     | /a~1b/~0 | 5     | {'a/b': {'~': 6}}
          {'~1': 1}             | /~01     | 5     | {'~1': 6}
          """)
  void incrementAdds(String state, String pointer, BigDecimal by, String expected) {
    assertThat(StateChange.increment(pointer, by).applyTo(json(state))).isEqualTo(json(expected));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'n': '1'}       | /n      | a string, not a number
          {'n': null}      | /n      | null, not a number
          {'n': {}}        | /n      | an object, not a number
          {'n': [1]}       | /n      | an array, not a number
          {'n': true}      | /n      | a boolean, not a number
          {'n': 1}         | /n/m    | a number on the way, not an object or an array
          {'n': null}      | /n/m/o  | null on the way, not an object or an array
          {'a': [1]}       | /a/2    | "2" is no index of the array there, which has 1 items
          {'a': [1]}       | /a/01   | "01" is no index of the array there, which has 1 items
          {'a': [1]}       | /a/-1   | "-1" is no index of the array there, which has 1 items
          {'a': [1]}       | /a/x    | "x" is no index of the array there, which has 1 items
          {'a': [1]}       | /a/99999999999 | "99999999999" is no index of the array there, which has 1 items
          """)
  void incrementThatDoesNotFitNamesThePlaceAndWhatIsThere(
      String state, String pointer, String reason) {
    assertThatExceptionOfType(StateChangeException.class)
        .isThrownBy(() -> StateChange.increment(pointer, 1).applyTo(json(state)))
        .withMessageContaining("at " + pointer + ": ")
        .withMessageEndingWith(reason);
  }

  @Test
  void misfitDoesNotTellWhatTheStateHolds() {
    assertThatExceptionOfType(StateChangeException.class)
        .isThrownBy(() -> StateChange.increment("/n", 1).applyTo(json("{'n': 'secret'}")))
        .withMessageNotContaining("secret");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          {}                 | /list    | {'list': ['new']}
          {'list': [1]}      | /list    | {'list': [1, 'new']}
          {'list': [[1]]}    | /list/0  | {'list': [[1, 'new']]}
          {'list': [1]}      | /list/-  | {'list': [1, ['new']]}
          {}                 | /a/list  | {'a': {'list': ['new']}}
          """)
  void appendAddsToTheEnd(String state, String pointer, String expected) {
    assertThat(StateChange.append(pointer, Json.createValue("new")).applyTo(json(state)))
        .isEqualTo(json(expected));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'list': {}}", "{'list': 'x'}", "{'list': 1}", "{'list': null}"})
  void appendToWhatIsNoArrayDoesNotFit(String state) {
    assertThatExceptionOfType(StateChangeException.class)
        .isThrownBy(() -> StateChange.append("/list", JsonValue.TRUE).applyTo(json(state)))
        .withMessageStartingWith("Nothing was changed at /list: there is ")
        .withMessageEndingWith(", not an array");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          {}               | /a      | {'a': 'new'}
          {'a': {'b': 1}}  | /a      | {'a': 'new'}
          {'a': {'b': 1}}  | /a/c    | {'a': {'b': 1, 'c': 'new'}}
          {'a': [1, 2]}    | /a/0    | {'a': ['new', 2]}
          {'a': [1, 2]}    | /a/2    | {'a': [1, 2, 'new']}
          {'a': [1, 2]}    | /a/-    | {'a': [1, 2, 'new']}
          {'a': [1, 2]}    | /a/-/b  | {'a': [1, 2, {'b': 'new'}]}
          {}               | /a/-    | {'a': {'-': 'new'}}
          """)
  void setAtPutsAValueThere(String state, String pointer, String expected) {
    assertThat(StateChange.setAt(pointer, Json.createValue("new")).applyTo(json(state)))
        .isEqualTo(json(expected));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a/3", "/a/-1", "/a/00", "/a/x", "/a/", "/a/0/b", "/text/b"})
  void setAtWhereThereIsNoPlaceDoesNotFit(String pointer) {
    assertThatExceptionOfType(StateChangeException.class)
        .isThrownBy(
            () ->
                StateChange.setAt(pointer, JsonValue.TRUE)
                    .applyTo(json("{'a': [1, 2], 'text': 'x'}")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "a/b", "/a~", "/a~2b", "/~/b", "#/a", " /a"})
  void whatIsNoPointerIsRefusedAndNamed(String pointer) {
    assertEveryPlacedChange(
        pointer,
        refused ->
            assertThatIllegalArgumentException()
                .isThrownBy(refused::run)
                .withMessageContaining("\"" + pointer + "\""));
  }

  @Test
  void pointerThatIsTooLongOrTooDeepIsRefused() {
    assertThat(StateChange.setAt("/" + "x".repeat(999), JsonValue.TRUE).applyTo(json("{}")))
        .hasSize(1);
    assertThat(StateChange.setAt("/x".repeat(100), JsonValue.TRUE).applyTo(json("{}"))).hasSize(1);

    assertEveryPlacedChange(
        "/" + "x".repeat(1_000),
        refused ->
            assertThatIllegalArgumentException()
                .isThrownBy(refused::run)
                .withMessageContaining("more than 1000 characters")
                .withMessageContaining("/xxxx"));
    assertEveryPlacedChange(
        "/x".repeat(101),
        refused ->
            assertThatIllegalArgumentException()
                .isThrownBy(refused::run)
                .withMessageContaining("more than 100 steps"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a\0b", "/\uD83D"})
  void pointerThatNoStateCanHaveIsRefused(String pointer) {
    assertEveryPlacedChange(
        pointer, refused -> assertThatIllegalArgumentException().isThrownBy(refused::run));
  }

  private static void assertEveryPlacedChange(String pointer, Consumer<Runnable> assertion) {
    List.<Runnable>of(
            () -> StateChange.increment(pointer, 1),
            () -> StateChange.append(pointer, JsonValue.TRUE),
            () -> StateChange.setAt(pointer, JsonValue.TRUE))
        .forEach(assertion);
  }

  @Test
  void valueThatCannotBeStoredIsRefusedAndNamed() {
    JsonValue bad = Json.createValue("nul\0");
    JsonObject state = Json.createObjectBuilder().add("a", bad).build();

    assertRefused("changes.a", () -> StateChange.merge(state));
    assertRefused("patch.a", () -> StateChange.mergePatch(state));
    assertRefused("key", () -> StateChange.removeKeys("nul\0"));
    assertRefused("by", () -> StateChange.increment("/n", new BigDecimal("1E+1000")));
    assertRefused("value", () -> StateChange.append("/list", bad));
    assertRefused("value.a", () -> StateChange.setAt("/a", state));
  }

  private static void assertRefused(String name, Runnable use) {
    assertThatIllegalArgumentException().isThrownBy(use::run).withMessageStartingWith(name + " ");
  }

  private static JsonObject json(String text) {
    try (JsonReader reader = Json.createReader(new StringReader(text.replace('\'', '"')))) {
      return reader.readObject();
    }
  }
}
