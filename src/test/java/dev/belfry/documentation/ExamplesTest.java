package dev.belfry.documentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.belfry.event.CallerTransaction;
import dev.belfry.event.DeliveryObserver;
import dev.belfry.event.DeliveryState;
import dev.belfry.event.DeliveryStateChanged;
import dev.belfry.event.EventId;
import dev.belfry.event.LocalFanout;
import dev.belfry.event.MemoryBroadcaster;
import dev.belfry.event.Reset;
import dev.belfry.event.ServerEvent;
import dev.belfry.session.MemorySessionStore;
import dev.belfry.session.Session;
import jakarta.json.JsonValue;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The examples do what the pages say, on the memory backend. */
class ExamplesTest {

  private final List<ServerEvent> published = new CopyOnWriteArrayList<>();
  private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
  private final MemorySessionStore sessions =
      new MemorySessionStore(Duration.ofMinutes(1), Clock.systemUTC());
  private final MemoryBroadcaster broadcaster =
      new MemoryBroadcaster(
          new LocalFanout(new Published(published)),
          CallerTransaction.NONE,
          scheduler,
          Clock.systemUTC(),
          new MemoryBroadcaster.Limits(
              1_000, Duration.ofHours(1), Duration.ofHours(1), Duration.ofMillis(50)));

  /** Keeps what is published. */
  private record Published(List<ServerEvent> events) implements DeliveryObserver {
    @Override
    public void onEvent(ServerEvent event) {
      events.add(event);
    }

    @Override
    public void onReset(Reset reset) {}

    @Override
    public void onPosition(EventId position) {}
  }

  @AfterEach
  void stop() {
    scheduler.shutdownNow();
  }

  @Test
  @SuppressWarnings("UnnecessaryAssignment") // There is no container here that injects.
  void readmeExampleChangesTheSessionAndTellsEverybody() {
    ToolCatalogue catalogue = new ToolCatalogue();
    catalogue.sessions = sessions;
    catalogue.broadcaster = broadcaster;
    Session session = sessions.create("id-1", "", JsonValue.EMPTY_JSON_OBJECT);

    catalogue.enable(session.id(), "search");

    assertThat(sessions.find(session.id()).orElseThrow().state().getBoolean("search")).isTrue();
    assertThat(published).extracting(ServerEvent::method).hasSize(1);
    assertThatCode(() -> catalogue.changed(published.get(0))).doesNotThrowAnyException();
  }

  @Test
  void sessionExamplesCreateFindMergeAndList() {
    SessionExamples examples = new SessionExamples(sessions);

    Session session = examples.create("owner");

    assertThat(examples.language(session.id())).contains("en");
    assertThat(examples.translate(session.id())).isTrue();
    assertThat(examples.language(session.id())).contains("de");
    assertThat(examples.all()).extracting(Session::id).containsExactly(session.id());
  }

  @Test
  void eventExamplesPublish() throws Exception {
    EventExamples examples = new EventExamples(broadcaster);

    examples.publish();
    examples.publishWithoutWaiting();
    examples.publishReport("short");

    assertThat(published)
        .extracting(ServerEvent::method)
        .containsExactly(
            "notifications/resources/updated", "notifications/tools/list_changed", "report");
    assertThatCode(
            () ->
                examples.changed(
                    new DeliveryStateChanged(DeliveryState.CONNECTING, DeliveryState.LIVE, "x")))
        .doesNotThrowAnyException();
    broadcaster.close();
    assertThat(examples.firstOf("report")).isEmpty();
  }
}
