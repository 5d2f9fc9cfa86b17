package dev.belfry.sse;

import static dev.belfry.sse.Events.id;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.event.Reset;
import dev.belfry.event.ServerEvent;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FramesTest {

  private static final Reset RESET = new Reset(Reset.Reason.TRIMMED, id(3), id(9));

  private final Frames frames = new Frames(Duration.ofSeconds(2), List.of("a", "b"));

  @Test
  void primerNamesThePlaceAndWhenToComeBack() {
    assertThat(text(frames.primer(Optional.of(id(7)))))
        .matches("id: e1\\.7\nretry: \\d+\ndata:\n\n");
    assertThat(text(frames.primer(Optional.empty()))).matches("retry: \\d+\ndata:\n\n");
  }

  @Test
  void clientsAreToldToComeBackAtDifferentTimes() {
    List<Long> times =
        IntStream.range(0, 100)
            .mapToObj(number -> text(frames.farewell(Optional.empty())))
            .map(text -> Long.valueOf(text.strip().substring("retry: ".length())))
            .toList();

    assertThat(times).allMatch(time -> time >= 2_000 && time <= 4_000);
    assertThat(times.stream().distinct().count()).isGreaterThan(50);
    assertThat(text(new Frames(Duration.ZERO, List.of()).farewell(Optional.of(id(1)))))
        .isEqualTo("id: e1.1\nretry: 0\n\n");
  }

  @Test
  void eventIsANotificationWithItsPlace() {
    assertThat(text(Frames.event(ServerEvent.of("a/b").at(id(7)))))
        .isEqualTo("id: e1.7\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"a/b\"}\n\n");
    assertThat(text(Frames.event(Events.numbered(7))))
        .isEqualTo(
            "data: {\"jsonrpc\":\"2.0\",\"method\":\"test/event\",\"params\":{\"n\":7}}\n\n");
  }

  @Test
  void resetIsAnEventOfItsOwn() {
    assertThat(text(Frames.reset(RESET)))
        .isEqualTo(
            "event: reset\nid: e1.9\ndata: {\"reason\":\"trimmed\",\"earliest\":\"e1.3\",\"latest\":\"e1.9\"}\n\n");
  }

  @Test
  void resetOfASessionIsANotificationPerMethodOrJustThePlace() {
    assertThat(text(frames.sessionReset(RESET)))
        .isEqualTo(
            """
            id: e1.9
            data: {"jsonrpc":"2.0","method":"a"}

            id: e1.9
            data: {"jsonrpc":"2.0","method":"b"}

            """);
    assertThat(text(new Frames(Duration.ZERO, List.of()).sessionReset(RESET)))
        .isEqualTo("id: e1.9\ndata:\n\n");
  }

  @Test
  void heartbeatTellsThePlaceInAFrameThatNoClientShows() {
    assertThat(text(Frames.heartbeat(id(4)))).isEqualTo(": heartbeat\nid: e1.4\n\n");
  }

  private static String text(byte[] frame) {
    return new String(frame, UTF_8);
  }
}
