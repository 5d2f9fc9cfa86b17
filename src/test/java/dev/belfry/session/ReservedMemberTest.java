package dev.belfry.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import org.junit.jupiter.api.Test;

class ReservedMemberTest {

  @Test
  void stateThatLooksEncryptedIsRefused() {
    JsonObject state = Json.createObjectBuilder().add("a", 1).addNull("$belfry").build();

    assertThatThrownBy(() -> StateRules.requireStorable(state))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "The state must not have a member $belfry, which marks what is encrypted; use another"
                + " name");
  }

  @Test
  void reservedNameIsAnyOtherDeeperDown() {
    JsonObject state =
        Json.createObjectBuilder()
            .add("$belfry2", 1)
            .add("a", Json.createObjectBuilder().add("$belfry", 1))
            .build();

    assertThat(StateRules.requireStorable(state)).isEqualTo(state);
  }
}
