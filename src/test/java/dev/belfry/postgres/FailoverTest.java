package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.config.BelfrySettings;
import dev.belfry.config.BelfrySettings.SchemaMode;
import dev.belfry.config.Settings;
import dev.belfry.event.Broadcaster;
import dev.belfry.event.BroadcasterUnavailableException;
import dev.belfry.event.CallerTransaction;
import dev.belfry.event.DeliveryMonitor;
import dev.belfry.event.DeliveryState;
import dev.belfry.event.EventId;
import dev.belfry.event.LocalFanout;
import dev.belfry.event.PublishOption;
import dev.belfry.event.RecordingObserver;
import dev.belfry.event.Replay;
import dev.belfry.event.Reset;
import dev.belfry.event.ServerEvent;
import dev.belfry.postgres.PostgresBroadcaster.DataSources;
import dev.belfry.postgres.PostgresBroadcaster.Threads;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A standby is promoted, or a database restored, while events flow through two replicas. */
@Timeout(120)
class FailoverTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
  private final List<Node> nodes = new ArrayList<>();

  @AfterEach
  void stop() {
    nodes.forEach(Node::close);
    scheduler.shutdownNow();
    threads.shutdownNow();
  }

  @Test
  void synchronousStandbyLosesNothingAndNobodyIsReset() throws Exception {
    try (ReplicatedDatabase database = ReplicatedDatabase.start(true)) {
      Node one = node(database.dataSource());
      Node two = node(database.dataSource());
      List<EventId> acknowledged = new CopyOnWriteArrayList<>();
      AtomicBoolean stopping = new AtomicBoolean();
      List<Future<?>> publishers =
          List.of(
              threads.submit(() -> publishUntil(stopping, one, "one", acknowledged)),
              threads.submit(() -> publishUntil(stopping, two, "two", acknowledged)));
      await().atMost(LONG).until(() -> acknowledged.size() > 200);

      database.crashPrimary();
      database.promote();

      int before = acknowledged.size();
      await().atMost(LONG).until(() -> acknowledged.size() > before + 200);
      stopping.set(true);
      for (Future<?> publisher : publishers) {
        publisher.get();
      }
      EventId last = one.broadcaster().publish(ServerEvent.of("last")).orElseThrow();
      await().atMost(LONG).until(() -> one.position().equals(Optional.of(last)));
      await().atMost(LONG).until(() -> two.position().equals(Optional.of(last)));
      for (Node node : nodes) {
        assertThat(node.resets()).isEmpty();
        assertThat(node.offsets()).as("delivered, each once, in order").isEqualTo(upTo(last));
        assertThat(node.ids()).containsAll(acknowledged);
      }
      assertThat(acknowledged.stream().map(EventId::epoch).distinct())
          .as("the epochs of before and after")
          .hasSize(2);
    }
  }

  @Test
  void publishDoesNotReturnBeforeTheSynchronousStandbyHasTheEvent() throws Exception {
    try (ReplicatedDatabase database = ReplicatedDatabase.start(true)) {
      Node node = node(database.dataSource());
      EventId first = publish(node, "first");
      PublishOption once = PublishOption.idempotent("second");
      database.pauseStandby();

      // Longer than its time limit, and until the driver's is over: no answer is a wrong one.
      assertThatThrownBy(() -> node.broadcaster().publish(ServerEvent.of("second"), once))
          .isInstanceOf(BroadcasterUnavailableException.class)
          .hasMessageContaining("the outcome is unknown");

      database.resumeStandby();
      EventId second = publishInSpiteOfTheFailover(node, "second");
      assertThat(second.offset()).isEqualTo(first.offset() + 1);
      await().atMost(LONG).until(() -> node.position().equals(Optional.of(second)));
      assertThat(node.ids()).containsExactly(first, second);
    }
  }

  @Test
  void asynchronousStandbyLosesEventsAndEveryLossIsAnnounced() throws Exception {
    try (ReplicatedDatabase database = ReplicatedDatabase.start(false)) {
      Node ahead = node(database.dataSource());
      Node behind = node(database.dataSource());
      EventId kept = publish(ahead, "kept");
      await().atMost(LONG).until(() -> behind.position().equals(Optional.of(kept)));
      database.pauseStandby();
      EventId lost = kept;
      for (int number = 0; number < 50; number++) {
        lost = publish(ahead, "lost-" + number);
      }
      EventId lastLost = lost;
      await().atMost(LONG).until(() -> ahead.position().equals(Optional.of(lastLost)));
      await().atMost(LONG).until(() -> behind.position().equals(Optional.of(lastLost)));

      database.crashPrimary();
      database.promote();

      // More than were lost: their offsets are given again.
      EventId last = lost;
      for (int number = 0; number < 100; number++) {
        last = publishInSpiteOfTheFailover(behind, "after-" + number);
      }
      EventId end = last;
      for (Node node : nodes) {
        await().atMost(LONG).until(() -> node.position().equals(Optional.of(end)));
        assertThat(node.resets()).extracting(Reset::reason).contains(Reset.Reason.LOST);
        assertThat(node.events())
            .extracting(ServerEvent::method)
            .filteredOn(method -> method.startsWith("after-"))
            .as("what was published after the failover, each once")
            .isEqualTo(IntStream.range(0, 100).mapToObj(number -> "after-" + number).toList());
      }
      // Clients with an id of a lost event are told, although there is an event of that offset now.
      assertThat(end.offset()).isGreaterThan(lastLost.offset());
      assertThat(ahead.broadcaster().replay(lastLost))
          .isInstanceOfSatisfying(
              Replay.Interrupted.class,
              interrupted -> assertThat(interrupted.reset().reason()).isEqualTo(Reset.Reason.LOST));
      // And so are those that had not come so far, and could not know.
      assertThat(resetsOnTheWay(ahead, kept)).containsExactly(Reset.Reason.LOST);
    }
  }

  /** Why a client is reset that resumes after an id and then reads to the end. */
  private static List<Reset.Reason> resetsOnTheWay(Node node, EventId after) {
    List<Reset.Reason> reasons = new ArrayList<>();
    EventId position = after;
    boolean complete = false;
    while (!complete) {
      Replay replay = node.broadcaster().replay(position);
      if (replay instanceof Replay.Events events) {
        position = events.position();
        complete = events.complete();
      } else {
        Reset reset = ((Replay.Interrupted) replay).reset();
        reasons.add(reset.reason());
        position = reset.latest();
      }
    }
    return reasons;
  }

  private static void publishUntil(
      AtomicBoolean stopping, Node node, String name, List<EventId> acknowledged) {
    for (int number = 0; !stopping.get(); number++) {
      acknowledged.add(publishInSpiteOfTheFailover(node, name + "-" + number));
    }
  }

  private static EventId publish(Node node, String method) {
    return node.broadcaster().publish(ServerEvent.of(method)).orElseThrow();
  }

  /** As a careful application does: with a key, until it succeeds. */
  private static EventId publishInSpiteOfTheFailover(Node node, String method) {
    while (true) {
      try {
        return node.broadcaster()
            .publish(ServerEvent.of(method), PublishOption.idempotent(method))
            .orElseThrow();
      } catch (BroadcasterUnavailableException failure) {
        // The next try may reach the new primary; the key makes that safe.
        Thread.onSpinWait();
      }
    }
  }

  private static List<Long> upTo(EventId last) {
    return LongStream.rangeClosed(1, last.offset()).boxed().toList();
  }

  private Node node(DataSource dataSource) throws Exception {
    HikariConfig config = new HikariConfig();
    config.setDataSource(dataSource);
    config.setMaximumPoolSize(5);
    config.setConnectionTimeout(3_000);
    HikariDataSource pool = new HikariDataSource(config);
    BelfrySettings settings =
        Settings.with(
            Map.of(
                "belfry.listener.reconnect-max", "PT0.2S",
                "belfry.listener.probe-interval", "PT1S",
                "belfry.events.poll-interval", "PT0.1S"));
    RecordingObserver observed = new RecordingObserver();
    Broadcaster broadcaster =
        new PostgresBroadcaster(
            new DataSources(pool, pool),
            new PostgresSchema(pool, new SessionTable("", "sessions"), SchemaMode.CREATE, Set.of()),
            settings,
            new LocalFanout(observed),
            new DeliveryMonitor(Clock.systemUTC(), change -> {}),
            CallerTransaction.NONE,
            new Threads(threads, scheduler));
    broadcaster.start();
    assertThat(broadcaster.status().state()).isEqualTo(DeliveryState.LIVE);
    Node node = new Node(broadcaster, pool, observed);
    nodes.add(node);
    return node;
  }

  private record Node(Broadcaster broadcaster, HikariDataSource pool, RecordingObserver observed) {

    List<ServerEvent> events() {
      return observed.events();
    }

    List<Reset> resets() {
      return observed.resets();
    }

    Optional<EventId> position() {
      return broadcaster.latest();
    }

    List<EventId> ids() {
      return events().stream().map(event -> event.id().orElseThrow()).toList();
    }

    List<Long> offsets() {
      return ids().stream().map(EventId::offset).toList();
    }

    void close() {
      broadcaster.close();
      pool.close();
    }
  }
}
