package dev.belfry.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonRpcTest {

  @Test
  void methodIsReadFromASingleMessage() {
    assertThat(JsonRpc.method("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}"))
        .contains("initialize");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "x", "[]", "{}", "{\"method\":null}", "{\"method\":\"a\"", "\uFEFF{}"})
  void whatIsNoSingleMessageHasNoMethod(String text) {
    assertThat(JsonRpc.method(text)).isEmpty();
  }

  @Test
  void messageNestedTooDeeplyHasNoMethod() {
    String deep = "[".repeat(100_000) + "]".repeat(100_000);

    assertThat(JsonRpc.method("{\"method\":\"initialize\",\"params\":" + deep + "}")).isEmpty();
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = "application/json")
  void resultIsTold(String contentType) {
    assertThat(JsonRpc.isResult(contentType, "{\"id\":1,\"result\":{}}")).isTrue();
    assertThat(JsonRpc.isResult(contentType, "{\"id\":1,\"error\":{\"code\":-1}}")).isFalse();
    assertThat(JsonRpc.isResult(contentType, "<html>")).isFalse();
    assertThat(JsonRpc.isResult(contentType, "")).isFalse();
  }

  @Test
  void beginningOfAnAnswerMayBecomeAResult() {
    String json = "application/json;charset=UTF-8";
    assertThat(JsonRpc.mayBecomeResult(json, "")).isTrue();
    assertThat(JsonRpc.mayBecomeResult(json, "{\"id\":1,\"res")).isTrue();
    assertThat(JsonRpc.mayBecomeResult(json, "{\"id\":1,\"result\":{}}")).isTrue();
    assertThat(JsonRpc.mayBecomeResult(json, "{\"id\":1,\"error\":{}}")).isFalse();
    assertThat(JsonRpc.mayBecomeResult("text/event-stream", ": open\n\n")).isTrue();
    assertThat(JsonRpc.mayBecomeResult("text/html", "<html>")).isFalse();
    assertThat(JsonRpc.mayBecomeResult(null, "")).isFalse();
  }

  @Test
  void resultIsToldInAnEventStream() {
    String type = "text/event-stream;charset=UTF-8";
    assertThat(JsonRpc.isResult(type, "event: message\ndata: {\"id\":1,\ndata: \"result\":{}}\n\n"))
        .isTrue();
    assertThat(JsonRpc.isResult(type, "data: {\"id\":1,\"error\":{}}\n\n")).isFalse();
    assertThat(JsonRpc.isResult(type, ": comment\n\n")).isFalse();
  }
}
