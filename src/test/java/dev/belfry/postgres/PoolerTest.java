package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belfry.config.BelfrySettings;
import dev.belfry.config.BelfrySettings.SchemaMode;
import dev.belfry.config.Settings;
import dev.belfry.event.Broadcaster;
import dev.belfry.event.CallerTransaction;
import dev.belfry.event.DeliveryMonitor;
import dev.belfry.event.DeliveryState;
import dev.belfry.event.DeliveryStateChanged;
import dev.belfry.event.EventId;
import dev.belfry.event.LocalFanout;
import dev.belfry.event.RecordingObserver;
import dev.belfry.event.ServerEvent;
import dev.belfry.postgres.PostgresBroadcaster.DataSources;
import dev.belfry.postgres.PostgresBroadcaster.Threads;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
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
import java.util.concurrent.ScheduledExecutorService;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.ds.PGSimpleDataSource;

/** Behind a pooler in transaction mode LISTEN is accepted, and nothing ever arrives. */
@Timeout(90)
class PoolerTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
  private final RecordingObserver observed = new RecordingObserver();
  private final List<DeliveryStateChanged> changes = new CopyOnWriteArrayList<>();

  @BeforeEach
  void prepare() {
    PgBouncer.assumeInstalled();
    TestDatabase.clean();
    TestDatabase.prepare(TestDatabase.dataSource());
  }

  @AfterEach
  void stop() {
    scheduler.shutdownNow();
    threads.shutdownNow();
  }

  @Test
  void logIsReadInsteadAndNothingIsLostOrRepeatedOnTheWayUp() throws Exception {
    try (PgBouncer pooler = PgBouncer.start(TestDatabase.port())) {
      SwitchedDataSource listener = new SwitchedDataSource(pooler.dataSource());
      try (Broadcaster broadcaster = broadcaster(pooler.dataSource(), listener)) {
        broadcaster.start();

        assertThat(broadcaster.status().state()).isEqualTo(DeliveryState.POLLING);
        assertThat(broadcaster.status().reason())
            .contains("is there a pooler in transaction mode in between?");
        List<EventId> published = new ArrayList<>();
        for (int number = 0; number < 50; number++) {
          published.add(broadcaster.publish(ServerEvent.of("polled")).orElseThrow());
        }
        await().atMost(LONG).until(() -> ids().equals(published));

        listener.target = TestDatabase.dataSource();
        while (broadcaster.status().state() != DeliveryState.LIVE) {
          published.add(broadcaster.publish(ServerEvent.of("switching")).orElseThrow());
        }
        published.add(broadcaster.publish(ServerEvent.of("live")).orElseThrow());
        await().atMost(LONG).until(() -> ids().size() >= published.size());

        assertThat(ids()).isEqualTo(published);
        assertThat(observed.resets()).isEmpty();
        assertThat(changes)
            .extracting(DeliveryStateChanged::to)
            .containsExactly(DeliveryState.POLLING, DeliveryState.LIVE);
      }
    }
  }

  @Test
  void otherConnectionsThroughThePoolerAreLeftAlone() throws Exception {
    try (PgBouncer pooler = PgBouncer.start(TestDatabase.port());
        Connection another = pooler.dataSource().getConnection();
        Broadcaster broadcaster = broadcaster(pooler.dataSource(), pooler.dataSource())) {
      broadcaster.start();

      assertThat(listening(another)).as("channels that servers of the pooler listen to").isZero();
      // While further attempts are made.
      await()
          .during(Duration.ofSeconds(12))
          .atMost(LONG)
          .until(
              () -> {
                broadcaster.publish(ServerEvent.of("busy"));
                return broadcaster.status().state() == DeliveryState.POLLING;
              });

      assertThat(changes)
          .extracting(DeliveryStateChanged::to)
          .containsExactly(DeliveryState.POLLING);
      await().atMost(LONG).until(() -> listening(another) == 0);
    }
  }

  /**
   * On how many channels the pooler's servers listen; one transaction after the other visits all.
   */
  private static int listening(Connection throughPooler) throws SQLException {
    int channels = 0;
    try (Statement statement = throughPooler.createStatement()) {
      for (int visit = 0; visit < 9; visit++) {
        try (ResultSet row =
            statement.executeQuery("SELECT count(*) FROM pg_listening_channels()")) {
          row.next();
          channels += row.getInt(1);
        }
      }
    }
    return channels;
  }

  private List<EventId> ids() {
    return observed.events().stream().map(ServerEvent::id).flatMap(Optional::stream).toList();
  }

  private Broadcaster broadcaster(DataSource main, DataSource listener) {
    BelfrySettings settings =
        Settings.with(
            Map.of(
                "belfry.listener.reconnect-max",
                "PT0.5S",
                "belfry.events.poll-interval",
                "PT0.1S"));
    return new PostgresBroadcaster(
        new DataSources(main, listener),
        new PostgresSchema(main, new SessionTable("", "sessions"), SchemaMode.NONE, Set.of()),
        settings,
        new LocalFanout(observed),
        new DeliveryMonitor(Clock.systemUTC(), changes::add),
        CallerTransaction.NONE,
        new Threads(threads, scheduler));
  }

  /** As if an operator gave the listener a DataSource of its own. */
  private static final class SwitchedDataSource implements UnpooledDataSource {
    private volatile PGSimpleDataSource target;

    SwitchedDataSource(PGSimpleDataSource target) {
      this.target = target;
    }

    @Override
    public Connection getConnection() throws SQLException {
      return target.getConnection();
    }
  }
}
