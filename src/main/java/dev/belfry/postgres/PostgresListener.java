package dev.belfry.postgres;

import static java.util.Objects.requireNonNull;

import dev.belfry.config.BelfrySettings;
import dev.belfry.config.BelfrySettings.OnListenFailure;
import dev.belfry.event.BroadcasterException;
import dev.belfry.event.DeliveryMonitor;
import dev.belfry.event.DeliveryState;
import dev.belfry.postgres.PostgresBroadcaster.DataSources;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The LISTEN loop: connect, listen, catch up, hand on what arrives; when the connection is lost,
 * wait and begin again. While LISTEN cannot work, but the log can be read, it is read regularly.
 * All that on one thread of an executor, which it keeps until {@link #close()}.
 */
final class PostgresListener implements AutoCloseable {

  private static final Logger LOG = System.getLogger(PostgresListener.class.getName());

  private static final Duration FIRST_ATTEMPT_WAIT = Duration.ofSeconds(10);
  private static final Duration PING_WAIT = Duration.ofSeconds(5);
  private static final int PATIENCE_WITH_POOLERS = 6;
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(2);

  private final DataSources dataSources;
  private final PostgresSchema schema;
  private final BelfrySettings.Events events;
  private final BelfrySettings.Listener settings;
  private final DeliveryMonitor monitor;
  private final LogFollower follower;
  private final LocalBacklog backlog;
  private final ListenerPing ping;
  private final Executor executor;
  private final CompletableFuture<Void> firstAttempt = new CompletableFuture<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);

  /** The connection to abort at the end; guarded by this, as is {@link #started}. */
  private Optional<ListenerConnection> current = Optional.empty();

  private boolean started;

  /** Whether that was what the last attempt failed of; the loop's own. */
  private boolean notificationsMissing;

  /**
   * @param dataSources give the connection that listens, and those that read the log where there is
   *     none
   * @param schema prepared before listening: whoever listens can also read
   * @param follower gets what arrives, on the loop's thread
   * @param backlog opened if the database is not reached at the start
   * @param executor runs the loop, which keeps one thread
   */
  PostgresListener(
      DataSources dataSources,
      PostgresSchema schema,
      BelfrySettings settings,
      DeliveryMonitor monitor,
      LogFollower follower,
      LocalBacklog backlog,
      Executor executor) {
    this.dataSources = requireNonNull(dataSources, "dataSources");
    this.schema = requireNonNull(schema, "schema");
    this.events = settings.events();
    this.settings = settings.listener();
    this.monitor = requireNonNull(monitor, "monitor");
    this.follower = requireNonNull(follower, "follower");
    this.backlog = requireNonNull(backlog, "backlog");
    this.executor = requireNonNull(executor, "executor");
    this.ping = new ListenerPing(dataSources.main(), EventLog.bell(events.channel()));
  }

  /** Starts the loop and waits for its first attempt to receive. Idempotent. */
  void start() {
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
    backlog.open(
        () ->
            // Only from CONNECTING: the loop goes on, and may have succeeded by now.
            monitor.changeFrom(
                DeliveryState.CONNECTING,
                DeliveryState.LOCAL_ONLY,
                reason + "; events stay on this replica until the database is reached"));
  }

  private void run() {
    Backoff backoff = new Backoff(settings.reconnectMin(), settings.reconnectMax());
    try {
      do {
        monitor.turn();
        listen(backoff);
      } while (!pollUntil(System.nanoTime() + pause(backoff).toNanos()));
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

  // Each attempt through a pooler costs those who publish through it, and time alone rarely mends
  // it. Only while the log is read instead.
  private Duration pause(Backoff backoff) {
    return notificationsMissing && monitor.status().state() == DeliveryState.POLLING
        ? settings.reconnectMax().multipliedBy(PATIENCE_WITH_POOLERS)
        : backoff.next();
  }

  private void listen(Backoff backoff) {
    notificationsMissing = false;
    // The loop's boundary: whatever fails in one connection, the next one is tried.
    try (ListenerConnection connection = connect()) {
      connection.listen(List.of(events.channel(), EventLog.bell(events.channel())));
      follower.catchUpAnew(connection.jdbc());
      requirePing(connection);
      backoff.reset();
      receiving(DeliveryState.LIVE, "listening on channel " + events.channel());
      while (!isClosing()) {
        waitOnce(connection);
      }
    } catch (SQLException | RuntimeException failure) {
      lost(failure);
    }
  }

  private ListenerConnection connect() throws SQLException {
    schema.prepare();
    ListenerConnection connection = ListenerConnection.open(dataSources.listener());
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
    List<String> payloads = connection.await(settings.probeInterval());
    monitor.turn();
    receive(connection, payloads);
    if (payloads.isEmpty()) {
      connection.probe();
      follower.catchUp(connection.jdbc());
      requirePing(connection);
    }
  }

  private void receive(ListenerConnection connection, List<String> payloads) throws SQLException {
    Iterator<String> remaining = payloads.iterator();
    try {
      while (remaining.hasNext()) {
        follower.receive(connection.jdbc(), remaining.next());
      }
    } catch (SQLException failure) {
      // The log is read again later; what is in no log is here now, or never.
      remaining.forEachRemaining(follower::receiveForeign);
      throw failure;
    }
  }

  /**
   * Fails if notifications do not arrive. Nothing is asked of the connection meanwhile: with the
   * answer a pooler would hand out what it keeps back otherwise.
   */
  private void requirePing(ListenerConnection connection) throws SQLException {
    String expected = ListenerPing.next();
    // Elsewhere: where the publishers' connections are all in use, delivery is not to wait for one.
    CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> send(expected), executor);
    long deadline = System.nanoTime() + PING_WAIT.toNanos();
    List<String> arrived = new ArrayList<>();
    long left = PING_WAIT.toNanos();
    while (!arrived.contains(expected) && left > 0 && !isClosing()) {
      arrived.addAll(
          connection.await(Duration.ofNanos(Math.min(left, events.pollInterval().toNanos()))));
      if (monitor.status().state() == DeliveryState.POLLING) {
        poll();
      }
      monitor.turn();
      left = deadline - System.nanoTime();
    }
    receive(connection, arrived);
    boolean sent = sending.isDone() && !sending.isCompletedExceptionally();
    if (!arrived.contains(expected) && !isClosing() && (sent || !isLive())) {
      connection.unlisten();
      throw sent
          ? new NotificationsMissingException()
          : new SQLException(
              "No notification could be sent to try whether they arrive: the connections of belfry.datasource are in use or broken");
    }
  }

  private void send(String payload) {
    try {
      ping.send(payload);
    } catch (SQLException failure) {
      // The listener is as good as it was: it is the publishers' connections that fail.
      LOG.log(Level.DEBUG, "No ping was sent", failure);
      throw new CompletionException(failure);
    }
  }

  private boolean isLive() {
    return monitor.status().state() == DeliveryState.LIVE;
  }

  /** LISTEN was accepted, but that was all. */
  private static final class NotificationsMissingException extends SQLException {
    private static final long serialVersionUID = 1L;

    NotificationsMissingException() {
      super(
          "LISTEN was accepted, but notifications do not arrive: is there a pooler in transaction mode in between? Set belfry.listener.datasource to a DataSource that reaches PostgreSQL directly");
    }
  }

  private void lost(Exception failure) {
    if (isClosing()) {
      return;
    }
    LOG.log(Level.DEBUG, "No listening connection", failure);
    notificationsMissing = failure instanceof NotificationsMissingException;
    String reason = SqlFailures.describe(failure);
    DeliveryState state = monitor.status().state();
    if (state == DeliveryState.LIVE || state == DeliveryState.CATCHING_UP) {
      monitor.change(
          DeliveryState.CONNECTING, reason + "; what is published meanwhile is delivered later");
      return; // Most connections are back at once.
    }
    boolean mayPoll =
        firstAttempt.isDone() || events.onListenFailure() == OnListenFailure.FALLBACK_TO_MEMORY;
    if (mayPoll && !(failure instanceof SchemaException) && pollInstead(reason)) {
      return;
    }
    if (firstAttempt.isDone() && failure instanceof SchemaException) {
      monitor.explain(reason); // Time alone will not mend it.
    }
    firstAttempt.completeExceptionally(failure);
  }

  /** Reads the log where LISTEN does not work; whether that does. */
  private boolean pollInstead(String reason) {
    try {
      poll();
      receiving(
          DeliveryState.POLLING,
          "the log is read every %s, because: %s".formatted(events.pollInterval(), reason));
      return true;
    } catch (SQLException | RuntimeException failure) {
      LOG.log(Level.DEBUG, "The log cannot be read either", failure);
      monitor.changeFrom(
          DeliveryState.POLLING, DeliveryState.CONNECTING, SqlFailures.describe(failure));
      return false;
    }
  }

  private void poll() throws SQLException {
    try (Connection connection = dataSources.main().getConnection()) {
      follower.catchUpAnew(connection);
    }
  }

  /** Waits for the next attempt to listen, and polls meanwhile; whether it is the end instead. */
  private boolean pollUntil(long deadline) throws InterruptedException {
    boolean isEnd = isClosing();
    long left = deadline - System.nanoTime();
    while (!isEnd && left > 0) {
      isEnd = closing.await(Math.min(left, events.pollInterval().toNanos()), TimeUnit.NANOSECONDS);
      if (!isEnd && monitor.status().state() == DeliveryState.POLLING) {
        pollInstead(monitor.status().reason());
      }
      left = deadline - System.nanoTime();
    }
    return isEnd;
  }

  private void receiving(DeliveryState state, String reason) {
    monitor.change(state, reason);
    firstAttempt.complete(null);
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
