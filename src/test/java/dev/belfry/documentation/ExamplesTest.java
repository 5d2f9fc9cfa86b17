package dev.belfry.documentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belfry.event.Audience;
import dev.belfry.event.CallerTransaction;
import dev.belfry.event.DeliveryObserver;
import dev.belfry.event.EventId;
import dev.belfry.event.LocalFanout;
import dev.belfry.event.MemoryBroadcaster;
import dev.belfry.event.MemoryPresence;
import dev.belfry.event.Replay;
import dev.belfry.event.Reset;
import dev.belfry.event.ServerEvent;
import dev.belfry.session.Session;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionRules;
import dev.belfry.session.SessionStore;
import dev.belfry.session.VersionConflictException;
import dev.belfry.testkit.SettableClock;
import jakarta.json.Json;
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
  private final SessionBackend backend =
      SessionBackend.inMemory(
          SessionRules.of(Duration.ofMinutes(15)).withAttributes("/cart/currency"),
          Clock.systemUTC(),
          event -> {});
  private final SessionStore sessions = backend.store();
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
  void sessionExamplesCreateFindAndChange() {
    SessionExamples examples = SessionExamples.of(backend);

    Session session = examples.create("owner");

    assertThat(examples.language(session.id())).contains("en");
    assertThat(examples.translate(session.id())).isTrue();
    assertThat(examples.language(session.id())).contains("de");
    Session visited = examples.visit(session.id()).orElseThrow();
    assertThat(visited.state().getInt("visits")).isOne();
    assertThat(visited.state().getJsonArray("pages")).hasSize(1);
    assertThat(examples.paying()).containsExactly("owner");
    assertThat(examples.cart(session.id()).orElseThrow().items()).isEmpty();
  }

  @Test
  void sessionExamplesWatchTheVersion() {
    SessionExamples examples = SessionExamples.of(backend);
    Session session = examples.createForADay("owner", JsonValue.EMPTY_JSON_OBJECT);
    assertThat(Duration.between(session.createdAt(), session.expiresAt()))
        .isEqualTo(Duration.ofMinutes(15));

    assertThatThrownBy(() -> examples.replace(session.id(), session, session.state()))
        .isInstanceOf(VersionConflictException.class);
  }

  @Test
  void sessionExamplesFindAndEndWhatIsOnes() {
    SessionExamples examples = SessionExamples.of(backend);
    Session first = examples.create("owner");
    Session second = examples.create("owner");

    assertThat(examples.find("owner").devices()).isEqualTo(2);
    assertThat(examples.find("owner").page().sessions()).hasSize(2);
    SessionExamples.Revoked revoked = examples.revoke("owner", second.id());
    assertThat(revoked.elsewhere()).isOne();
    assertThat(revoked.everywhere()).isOne();
    assertThat(revoked.promoted()).as("deleted already").isEmpty();
    assertThat(sessions.exists(first.id())).isFalse();
  }

  @Test
  void sessionExamplesReviveWhatHasExpired() {
    SettableClock clock = new SettableClock();
    SessionExamples examples =
        SessionExamples.of(
            SessionBackend.inMemory(SessionRules.of(Duration.ofMinutes(30)), clock, event -> {}));
    Session session = examples.create("owner");
    clock.pass(Duration.ofMinutes(35));
    assertThat(examples.language(session.id())).isEmpty();

    assertThat(examples.revive(session.id(), "somebody else")).isEmpty();
    assertThat(examples.revive(session.id(), "owner")).isPresent();

    assertThat(examples.language(session.id())).contains("en");
  }

  @Test
  void sessionExamplesMintAndEndAHandle() {
    assertThat(SessionExamples.of(backend).handle("principal")).hasSize(1);
  }

  @Test
  void eventExamplesPublish() throws Exception {
    EventExamples examples = new EventExamples(broadcaster, sessions);
    Session session = sessionWith("tool");

    assertThat(examples.publish()).isPresent();
    examples.publishWithoutWaiting();
    examples.disable(session.id(), "tool");

    assertThat(methods())
        .containsExactly(
            "notifications/resources/updated",
            "notifications/tools/list_changed",
            "notifications/tools/list_changed");
    assertThat(sessions.find(session.id()).orElseThrow().state().getBoolean("tool")).isFalse();
    broadcaster.close();
    assertThat(examples.firstOf("report")).isEmpty();
  }

  private Session sessionWith(String tool) {
    return sessions.create("id-1", "owner", Json.createObjectBuilder().add(tool, true).build());
  }

  private List<String> methods() {
    return published.stream().map(ServerEvent::method).toList();
  }

  @Test
  void eventExamplesPublishOnceAndTogether() {
    EventExamples examples = new EventExamples(broadcaster, sessions);

    examples.publishOnce("17");
    examples.publishOnce("17");
    examples.publishOnce("18");
    assertThat(methods()).containsExactly("order/paid", "order/paid");

    examples.publishTogether();
    examples.publishTogether();
    await().until(() -> published.size() > 2);
    examples.publish();
    assertThat(methods())
        .containsExactly(
            "order/paid",
            "order/paid",
            "notifications/tools/list_changed",
            "notifications/resources/updated");
  }

  @Test
  void eventExamplesPublishToSome() {
    EventExamples examples = new EventExamples(broadcaster, sessions);
    Session session = sessionWith("tool");

    examples.publishToSome(session, EventExamples.params("text", "hello"));
    examples.publish();

    assertThat(published)
        .extracting(ServerEvent::topic)
        .containsExactly("prices/reload", "", "", "");
    assertThat(published)
        .extracting(ServerEvent::audience)
        .containsExactly(
            Audience.EVERYONE,
            new Audience.OfSession(session.id()),
            new Audience.OfUser(session.userId()),
            Audience.EVERYONE);
    // A container calls it for the events that have no topic.
    published.stream().filter(event -> event.topic().isEmpty()).forEach(examples::forClients);
    assertThat(examples.sent()).containsExactly("notifications/resources/updated");
    assertThatCode(() -> examples.pricesChanged(published.get(0))).doesNotThrowAnyException();
  }

  @Test
  void eventExamplesReadAgainWhatWasMissed() {
    EventExamples examples = new EventExamples(broadcaster, sessions);
    EventId seen = examples.publish().orElseThrow();
    examples.publishOnce("17");
    examples.publishOnce("18");

    assertThat(examples.since(seen)).isEqualTo(published.subList(1, 3));

    assertThatThrownBy(() -> examples.since(EventId.UNKNOWN)).hasMessageEndingWith("UNKNOWN");
    Reset reset = ((Replay.Interrupted) broadcaster.replay(EventId.UNKNOWN)).reset();
    assertThatCode(() -> examples.missed(reset)).doesNotThrowAnyException();
  }

  @Test
  void eventExamplesCountWhoIsThere() {
    MemoryPresence presence = new MemoryPresence();
    presence.report(3);

    assertThat(EventExamples.describe(presence)).isEqualTo("3 streams on 1 replicas");
  }
}
