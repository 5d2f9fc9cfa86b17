package dev.belfry.documentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.belfry.event.DeliveryState;
import dev.belfry.event.DeliveryStateChanged;
import dev.belfry.event.LocalFanout;
import dev.belfry.event.MemoryBroadcaster;
import dev.belfry.event.ServerEvent;
import dev.belfry.session.MemorySessionStore;
import dev.belfry.session.Session;
import jakarta.json.JsonValue;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The examples do what the pages say, on the memory backend. */
class ExamplesTest {

  private final List<ServerEvent> published = new ArrayList<>();
  private final MemorySessionStore sessions =
      new MemorySessionStore(Duration.ofMinutes(1), Clock.systemUTC());
  private final MemoryBroadcaster broadcaster =
      new MemoryBroadcaster(new LocalFanout(published::add), Clock.systemUTC());

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
