package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.event.DeliveryObserver;
import dev.belfry.event.EventId;
import dev.belfry.event.Passed;
import dev.belfry.event.Reset;
import dev.belfry.event.ServerEvent;
import dev.belfry.session.SessionDeleted;
import dev.belfry.session.SessionEvent;
import dev.belfry.session.SessionExpired;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SessionFeedTest {

  private static final EventId PLACE = new EventId("epoch", 7);

  private final List<Object> next = new ArrayList<>();
  private final List<SessionEvent> told = new ArrayList<>();
  private final SessionFeed feed =
      new SessionFeed(new Recorded(next), SessionCodec.PLAIN, Optional.empty(), told::add);

  /** Keeps all that goes on. */
  private record Recorded(List<Object> calls) implements DeliveryObserver {
    @Override
    public void onEvent(ServerEvent event) {
      calls.add(event);
    }

    @Override
    public void onReset(Reset reset) {
      calls.add(reset);
    }

    @Override
    public void onPosition(EventId position) {
      calls.add(position);
    }

    @Override
    public void onPassed(Passed passed) {
      calls.add(passed);
    }
  }

  private static Passed passed(String method) {
    return new Passed(
        ServerEvent.of(
                method, Json.createObjectBuilder().add("id", "id-1").add("user", "alice").build())
            .onTopic(SessionAnnouncements.TOPIC)
            .at(PLACE));
  }

  @Test
  void announcementIsToldAndPassedAndNoEventOfTheApplication() {
    feed.onPassed(passed("belfry/session/deleted"));

    assertThat(told).containsExactly(new SessionDeleted("id-1", "alice"));
    assertThat(next).containsExactly(passed("belfry/session/deleted"));
  }

  @Test
  void expiryThatAnOlderVersionAnnouncesIsToldWithoutWhatWasNegotiated() {
    String now = "2026-01-02T03:04:05+00:00";
    JsonObject params =
        Json.createObjectBuilder()
            .add("id", "id-1")
            .add("user", "alice")
            .add("createdAt", now)
            .add("lastActiveAt", now)
            .add("expiresAt", now)
            .add("version", 3)
            .add("state", Json.createObjectBuilder().add("n", 1))
            .build();

    feed.onPassed(
        new Passed(
            ServerEvent.of("belfry/session/expired", params)
                .onTopic(SessionAnnouncements.TOPIC)
                .at(PLACE)));

    assertThat(told)
        .singleElement()
        .isInstanceOfSatisfying(
            SessionExpired.class,
            expired -> {
              assertThat(expired.session().state()).isEqualTo(params.getJsonObject("state"));
              assertThat(expired.session().negotiated()).isEmpty();
            });
  }

  @Test
  void announcementThatIsNotKnownIsPassed() {
    feed.onPassed(passed("belfry/session/of-a-later-version"));

    assertThat(told).isEmpty();
    assertThat(next).containsExactly(passed("belfry/session/of-a-later-version"));
  }

  @Test
  void allElseGoesOn() {
    ServerEvent event = ServerEvent.of("test").at(PLACE);

    feed.onEvent(event);
    feed.onPosition(PLACE);

    assertThat(next).containsExactly(event, PLACE);
  }
}
