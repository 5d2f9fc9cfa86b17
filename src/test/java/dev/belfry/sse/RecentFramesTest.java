package dev.belfry.sse;

import static dev.belfry.sse.Events.event;
import static dev.belfry.sse.Events.frame;
import static dev.belfry.sse.Events.id;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.event.Audience;
import dev.belfry.event.EventId;
import dev.belfry.event.ServerEvent;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RecentFramesTest {

  private final RecentFrames recent = new RecentFrames(3, 1_000);

  @Test
  void knowsNothingAtFirst() {
    assertThat(recent.latest()).isEmpty();
    assertThat(recent.after(id(0), Client.PUBLIC)).isEmpty();
    assertThat(recent.restart(id(7))).isEmpty();
    assertThat(recent.restart(id(9))).contains(id(7));
  }

  @Test
  void givesWhatCameAfterAPlaceAsFarBackAsItKeepsIt() {
    recent.restart(id(0));
    LongStream.rangeClosed(1, 5).forEach(offset -> recent.add(frame(offset)));

    assertThat(offsetsAfter(id(2))).containsExactly(3L, 4L, 5L);
    assertThat(offsetsAfter(id(4))).containsExactly(5L);
    assertThat(recent.after(id(5), Client.PUBLIC)).contains(new Page(List.of(), id(5), true));
    assertThat(recent.after(id(1), Client.PUBLIC)).isEmpty();
    assertThat(recent.after(id(6), Client.PUBLIC)).isEmpty();
    assertThat(recent.after(EventId.UNKNOWN, Client.PUBLIC)).isEmpty();
  }

  @Test
  void samePlaceInAnotherEpochIsAnotherPlace() {
    recent.restart(id(3));
    recent.add(EventFrame.of(Events.numbered(4).at(new EventId("e2", 4))));

    assertThat(recent.after(id(3), Client.PUBLIC)).isPresent();
    assertThat(recent.after(id(4), Client.PUBLIC)).isEmpty();
  }

  @Test
  void keepsNoMoreBytesThanItMay() {
    recent.restart(id(0));
    recent.add(frame(1));
    recent.add(EventFrame.of(Events.event(2)));
    recent.add(EventFrame.of(ServerEvent.of("x".repeat(250)).at(id(3))));
    for (long offset = 4; offset <= 6; offset++) {
      recent.add(EventFrame.of(ServerEvent.of("y".repeat(250)).at(id(offset))));
    }

    assertThat(offsetsAfter(id(3))).containsExactly(4L, 5L, 6L);
    assertThat(recent.after(id(2), Client.PUBLIC)).isEmpty();

    EventFrame huge =
        new EventFrame(
            Optional.of(id(7)), Audience.EVERYONE, false, new byte[1_001], Optional.empty());
    recent.add(huge);
    assertThat(recent.after(id(6), Client.PUBLIC)).isEmpty();
    assertThat(recent.latest()).contains(id(7));
    assertThat(recent.after(id(7), Client.PUBLIC)).isPresent();
  }

  @Test
  void gapIsBegunAnewAfter() {
    recent.restart(id(0));
    recent.add(frame(1));
    recent.add(frame(3));
    recent.add(frame(4));

    assertThat(recent.after(id(1), Client.PUBLIC)).isEmpty();
    assertThat(offsetsAfter(id(3))).containsExactly(4L);
  }

  @Test
  void givesAClientItsOwnFramesOnly() {
    recent.restart(id(0));
    recent.add(EventFrame.of(event(1).forSession("s1")));
    recent.add(EventFrame.of(event(2).forSession("s2")));
    recent.add(EventFrame.of(event(3).onTopic("reload")));

    Page page = recent.after(id(0), new Client("s2", "fingerprint of s2", "")).orElseThrow();

    assertThat(page.frames()).extracting(frame -> frame.id().orElseThrow()).containsExactly(id(2));
    assertThat(page.end()).isEqualTo(id(3));
  }

  private List<Long> offsetsAfter(EventId place) {
    return recent.after(place, Client.PUBLIC).orElseThrow().frames().stream()
        .map(frame -> frame.id().orElseThrow().offset())
        .toList();
  }
}
