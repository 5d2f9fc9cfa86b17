package dev.belfry.postgres;

import static java.util.Objects.requireNonNull;

import dev.belfry.config.BelfrySettings;
import dev.belfry.config.BelfrySettings.OnListenFailure;
import dev.belfry.event.BroadcasterException;
import dev.belfry.event.DeliveryMonitor;
import dev.belfry.event.DeliveryState;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import javax.sql.DataSource;

/**
 * The LISTEN loop: connect, listen, hand on what arrives; when the connection is lost, wait and
 * begin again. It runs on one thread of an executor, which it keeps until {@link #close()}.
 */
final class PostgresListener implements AutoCloseable {

  private static final Logger LOG = System.getLogger(PostgresListener.class.getName());

  private static final Duration FIRST_ATTEMPT_WAIT = Duration.ofSeconds(10);
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(2);

  private final DataSource dataSource;
  private final PostgresSchema schema;
  private final BelfrySettings.Events events;
  private final BelfrySettings.Listener settings;
  private final DeliveryMonitor monitor;
  private final Consumer<String> receiver;
  private final CompletableFuture<Void> firstAttempt = new CompletableFuture<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);

  /** The connection to abort at the end; guarded by this, as is {@link #started}. */
  private Optional<ListenerConnection> current = Optional.empty();

  private boolean started;

  /**
   * @param dataSource gives the connection that listens
   * @param schema prepared before listening: whoever listens can also read
   * @param receiver called with every payload, in order, on the loop's thread; must not block or
   *     throw
   */
  PostgresListener(
      DataSource dataSource,
      PostgresSchema schema,
      BelfrySettings settings,
      DeliveryMonitor monitor,
      Consumer<String> receiver) {
    this.dataSource = requireNonNull(dataSource, "dataSource");
    this.schema = requireNonNull(schema, "schema");
    this.events = settings.events();
    this.settings = settings.listener();
    this.monitor = requireNonNull(monitor, "monitor");
    this.receiver = requireNonNull(receiver, "receiver");
  }

  /** Starts the loop and waits for its first attempt to listen. Idempotent. */
  void start(Executor executor) {
    synchronized (this) {
      if (started || isClosing()) {
        return;
      }
      started = true;
    }
    executor.execute(this::run);
    try {
      firstAttempt.get(FIRST_ATTEMPT_WAIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
      close();
      throw new BroadcasterException("Interrupted while the listener started", interruption);
    } catch (TimeoutException noAnswer) {
      firstAttemptFailed(
          new SQLException("The database did not answer within " + FIRST_ATTEMPT_WAIT, noAnswer));
    } catch (ExecutionException failure) {
      firstAttemptFailed(failure.getCause());
    }
  }

  private void firstAttemptFailed(Throwable cause) {
    if (isClosing()) {
      return; // Closed while it started: nothing was wanted any more.
    }
    String reason = SqlFailures.describe(cause);
    if (cause instanceof SchemaException schemaFailure) {
      close();
      throw schemaFailure;
    }
    if (events.onListenFailure() == OnListenFailure.FAIL) {
      close();
      throw new BroadcasterException(
          "LISTEN on channel %s failed: %s. To start all the same, set belfry.events.on-listen-failure = fallback-to-memory"
              .formatted(events.channel(), reason),
          cause);
    }
    // Only from CONNECTING: the loop goes on, and may have succeeded by now.
    monitor.changeFrom(
        DeliveryState.CONNECTING,
        DeliveryState.LOCAL_ONLY,
        reason + "; events stay on this replica until LISTEN succeeds");
  }

  private void run() {
    Backoff backoff = new Backoff(settings.reconnectMin(), settings.reconnectMax());
    try {
      do {
        monitor.turn();
        serveOneConnection(backoff);
      } while (!closing.await(backoff.next().toNanos(), TimeUnit.NANOSECONDS));
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
    } finally {
      ended.countDown();
      if (!isClosing()) {
        monitor.change(DeliveryState.CLOSED, "the listening loop broke; restart the application");
      }
      firstAttempt.completeExceptionally(new SQLException("The listener was closed"));
    }
  }

  private void serveOneConnection(Backoff backoff) {
    // The loop's boundary: whatever fails in one connection, the next one is tried.
    try (ListenerConnection connection = connect()) {
      connection.listen(events.channel());
      backoff.reset();
      monitor.change(DeliveryState.LIVE, "listening on channel " + events.channel());
      firstAttempt.complete(null);
      while (!isClosing()) {
        waitOnce(connection);
      }
    } catch (SQLException | RuntimeException failure) {
      lost(failure);
    }
  }

  private ListenerConnection connect() throws SQLException {
    schema.prepare();
    ListenerConnection connection = ListenerConnection.open(dataSource);
    synchronized (this) {
      if (isClosing()) {
        connection.close();
        throw new SQLException("Closed while connecting");
      }
      current = Optional.of(connection);
    }
    return connection;
  }

  private void waitOnce(ListenerConnection connection) throws SQLException {
    var payloads = connection.await(settings.probeInterval());
    monitor.turn();
    payloads.forEach(receiver);
    if (payloads.isEmpty()) {
      connection.probe();
    }
  }

  private void lost(Exception failure) {
    if (isClosing()) {
      return;
    }
    LOG.log(Level.DEBUG, "No listening connection", failure);
    String reason = SqlFailures.describe(failure);
    if (monitor.status().state() == DeliveryState.LIVE) {
      monitor.change(
          DeliveryState.CONNECTING, reason + "; events published meanwhile are missed here");
    } else if (firstAttempt.isDone() && failure instanceof SchemaException) {
      monitor.explain(reason); // Time alone will not mend it.
    }
    firstAttempt.completeExceptionally(failure);
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  /** Stops the loop, waiting for it a bounded time. Idempotent. */
  @Override
  public void close() {
    boolean running;
    synchronized (this) {
      closing.countDown();
      running = started;
      current.ifPresent(ListenerConnection::abort);
    }
    try {
      if (running && !ended.await(CLOSE_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.log(Level.WARNING, "The listener did not stop within {0}", CLOSE_WAIT);
      }
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
    }
  }
}
