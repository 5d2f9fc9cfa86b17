package dev.belfry.postgres;

import static java.util.Objects.requireNonNull;

import dev.belfry.config.BelfrySettings;
import dev.belfry.event.Broadcaster;
import dev.belfry.event.BroadcasterClosedException;
import dev.belfry.event.BroadcasterException;
import dev.belfry.event.BroadcasterUnavailableException;
import dev.belfry.event.DeliveryMonitor;
import dev.belfry.event.DeliveryState;
import dev.belfry.event.DeliveryStatus;
import dev.belfry.event.LocalFanout;
import dev.belfry.event.ServerEvent;
import dev.belfry.event.Subscription;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;

/**
 * Brings events to all replicas through LISTEN/NOTIFY. There is no short cut for this replica's own
 * subscribers: they hear an event when the others do, or, if NOTIFY fails, nobody does.
 *
 * <p>Within a transaction of the caller, {@link #publish} takes effect if and only if that commits.
 * While delivery is {@link DeliveryState#LOCAL_ONLY} an event goes to this replica's subscribers
 * alone, and at once.
 */
public final class PostgresBroadcaster implements Broadcaster {

  private static final Logger LOG = System.getLogger(PostgresBroadcaster.class.getName());

  private static final String NOTIFY =
      """
      SELECT pg_notify(?, payload) FROM unnest(?) WITH ORDINALITY AS event (payload, position)
      ORDER BY position
      """;

  private final DataSource dataSource;
  private final String channel;
  private final LocalFanout fanout;
  private final DeliveryMonitor monitor;
  private final Executor executor;
  private final NotifyPayload codec = new NotifyPayload();
  private final PostgresListener listener;
  private final PublishQueue queue;
  private final AtomicBoolean undecodableReported = new AtomicBoolean();
  private volatile boolean closed;

  /**
   * @param dataSources gives the connections
   * @param schema prepared before anything is received
   * @param settings the channel, and how to listen
   * @param fanout who gets the events; closed with this broadcaster
   * @param monitor told how delivery stands
   * @param executor runs the LISTEN loop, which keeps one thread, and asynchronous publishing
   */
  public PostgresBroadcaster(
      DataSources dataSources,
      PostgresSchema schema,
      BelfrySettings settings,
      LocalFanout fanout,
      DeliveryMonitor monitor,
      Executor executor) {
    this.dataSource = dataSources.main();
    this.channel = settings.events().channel();
    this.fanout = requireNonNull(fanout, "fanout");
    this.monitor = requireNonNull(monitor, "monitor");
    this.executor = requireNonNull(executor, "executor");
    this.listener =
        new PostgresListener(dataSources.listener(), schema, settings, monitor, this::receive);
    this.queue = new PublishQueue(executor, this::send);
  }

  /**
   * Where connections come from.
   *
   * @param main for statements
   * @param listener for the one connection that LISTENs, which it must not share between servers:
   *     no transaction-mode pooler
   */
  public record DataSources(DataSource main, DataSource listener) {}

  @Override
  public void start() {
    listener.start(executor);
  }

  @Override
  public void publish(ServerEvent event) {
    requireOpen();
    if (isLocalOnly()) {
      fanout.deliver(event);
    } else {
      send(List.of(codec.encode(event)));
    }
  }

  @Override
  public CompletionStage<Void> publishAsync(ServerEvent event) {
    try {
      requireOpen();
      if (isLocalOnly()) {
        fanout.deliver(event);
        return CompletableFuture.completedStage(null);
      }
      return queue.add(codec.encode(event));
    } catch (BroadcasterException failure) {
      return CompletableFuture.failedStage(failure);
    }
  }

  private void send(List<String> payloads) {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement = connection.prepareStatement(NOTIFY)) {
      Array array = connection.createArrayOf("text", payloads.toArray());
      statement.setString(1, channel);
      statement.setArray(2, array);
      statement.execute();
    } catch (SQLException failure) {
      String message =
          "NOTIFY on channel %s failed: %s".formatted(channel, SqlFailures.describe(failure));
      throw SqlFailures.isPassing(failure)
          ? new BroadcasterUnavailableException(message, failure)
          : new BroadcasterException(message, failure);
    }
  }

  private void receive(String payload) {
    NotifyPayload.decode(payload)
        .ifPresentOrElse(
            fanout::deliver,
            () -> {
              // Its text is foreign and stays out of the log; once, because the next is likely the
              // same.
              if (undecodableReported.compareAndSet(false, true)) {
                LOG.log(
                    Level.WARNING,
                    "A notification of {0} characters on channel {1} is no event and was skipped; further ones are skipped silently",
                    payload.length(),
                    channel);
              }
            });
  }

  @Override
  public Subscription subscribe(int capacity) {
    return fanout.subscribe(capacity);
  }

  @Override
  public int subscriberCount() {
    return fanout.subscriberCount();
  }

  @Override
  public DeliveryStatus status() {
    return monitor.status();
  }

  private boolean isLocalOnly() {
    return monitor.status().state() == DeliveryState.LOCAL_ONLY;
  }

  private void requireOpen() {
    if (closed) {
      throw new BroadcasterClosedException();
    }
  }

  @Override
  public void close() {
    closed = true;
    listener.close();
    queue.close();
    fanout.close();
    monitor.change(DeliveryState.CLOSED, "closed");
  }
}
