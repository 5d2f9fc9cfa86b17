package dev.belfry.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AcceptHeaderTest {

  private static boolean namesEventStream(FakeExchange exchange) {
    return AcceptHeader.namesEventStream(exchange.request());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/event-stream",
        "TEXT/Event-Stream",
        "application/json, text/event-stream",
        "text/event-stream;q=0.5",
        "text/html;q=0, text/event-stream ; charset=utf-8",
        ",;, text/event-stream"
      })
  void eventStreamIsAskedForByName(String accept) {
    assertThat(namesEventStream(new FakeExchange("GET").header("Accept", accept))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*/*",
        "text/*",
        "application/json",
        "text/event-stream;q=0",
        "text/event-stream; Q = 0.000",
        "text/event-streams",
        "x-text/event-stream",
        ";",
        "application/json;x=text/event-stream"
      })
  void everythingElseIsNoEventStream(String accept) {
    assertThat(namesEventStream(new FakeExchange("GET").header("Accept", accept))).isFalse();
  }

  @Test
  void allLinesCount() {
    assertThat(namesEventStream(new FakeExchange("GET"))).isFalse();
    assertThat(
            namesEventStream(
                new FakeExchange("GET")
                    .header("Accept", "application/json")
                    .header("Accept", "text/event-stream")))
        .isTrue();
  }
}
