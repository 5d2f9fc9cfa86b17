package dev.belfry.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateRulesTest {

  @ParameterizedTest
  @ValueSource(
      strings = {"{}", "{\"a\":\"plain\"}", "{\"ü\":\"é\"}", "漢字漢字", "\uD83D\uDD14\uD83D\uDD14"})
  void sizeIsCountedInBytesOfUtf8(String json) {
    int bytes = json.getBytes(UTF_8).length;

    assertThat(StateRules.requireSize("id-of-a-session", json, bytes)).isSameAs(json);
    assertThatExceptionOfType(StateTooLargeException.class)
        .isThrownBy(() -> StateRules.requireSize("id-of-a-session", json, bytes - 1))
        .withMessage(
            "The state of session id-of-… would take %d bytes; the limit is %d"
                .formatted(bytes, bytes - 1));
  }
}
