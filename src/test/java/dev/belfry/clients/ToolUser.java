package dev.belfry.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;

/** Works in a client's session: what is remembered on one replica, any recalls. */
record ToolUser(McpStreamClient client) implements Activity.Step {

  /** So that the session's state does not grow without end. */
  private static final int KEYS = 20;

  @Override
  public void run(int number) {
    String key = "key-" + number % KEYS;
    String value = "value-" + number;
    assertThat(client.call("remember", Map.of("key", key, "value", value)))
        .isEqualTo("Remembered " + key);
    assertThat(client.call("recall", Map.of("key", key))).isEqualTo(value);
  }

  /** The session that the client is in, and since when. */
  String session() {
    String answer = client.call("whoami", Map.of());
    return answer.replaceAll(".*(\"session\":\"[^\"]+\").*(\"createdAt\":\"[^\"]+\").*", "$1 $2");
  }
}
