package dev.belfry.postgres;

import static java.util.Objects.requireNonNull;

import dev.belfry.config.BelfrySettings;
import dev.belfry.event.Broadcaster;
import dev.belfry.event.BroadcasterClosedException;
import dev.belfry.event.BroadcasterException;
import dev.belfry.event.BroadcasterUnavailableException;
import dev.belfry.event.CallerTransaction;
import dev.belfry.event.DeliveryMonitor;
import dev.belfry.event.DeliveryState;
import dev.belfry.event.DeliveryStatus;
import dev.belfry.event.EventId;
import dev.belfry.event.LocalFanout;
import dev.belfry.event.PublishOption;
import dev.belfry.event.Replay;
import dev.belfry.event.ServerEvent;
import dev.belfry.event.Subscription;
import dev.belfry.postgres.EventCodec.Encoded;
import dev.belfry.postgres.LogWriter.Entry;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import javax.sql.DataSource;

/**
 * Brings events to all replicas through a log in the database and LISTEN/NOTIFY. There is no short
 * cut for this replica's own subscribers: they hear an event when the others do, or, if it cannot
 * be written, nobody does.
 *
 * <p>The exception is a replica that has not reached the database since its start, if it is
 * configured to start all the same: see {@link DeliveryState#LOCAL_ONLY}.
 */
public final class PostgresBroadcaster implements Broadcaster {

  private static final Logger LOG = System.getLogger(PostgresBroadcaster.class.getName());

  private final DataSource dataSource;
  private final BelfrySettings.Events settings;
  private final LocalFanout fanout;
  private final DeliveryMonitor monitor;
  private final CallerTransaction transaction;
  private final Executor executor;
  private final EventCodec codec;
  private final LogPages log;
  private final LogRetention retention;
  private final IdempotencyKeys keys;
  private final Outbox outbox;
  private final LogWriter writer;
  private final GroupCommit groupCommit;
  private final OutboxRelay relay;
  private final LocalBacklog backlog = new LocalBacklog();
  private final PostgresListener listener;

  /** Tells this replica from all others. */
  private final String replica = UUID.randomUUID().toString();

  private volatile boolean closed;

  /**
   * @param dataSources gives the connections
   * @param schema prepared before anything is received
   * @param settings the channel, and how to listen
   * @param fanout who gets the events; closed with this broadcaster
   * @param monitor told how delivery stands
   * @param transaction of those who publish
   * @param threads run the LISTEN loop, which keeps one, and what is done later
   */
  public PostgresBroadcaster(
      DataSources dataSources,
      PostgresSchema schema,
      BelfrySettings settings,
      LocalFanout fanout,
      DeliveryMonitor monitor,
      CallerTransaction transaction,
      Threads threads) {
    this.dataSource = dataSources.main();
    this.settings = settings.events();
    this.fanout = requireNonNull(fanout, "fanout");
    this.monitor = requireNonNull(monitor, "monitor");
    this.transaction = requireNonNull(transaction, "transaction");
    this.executor = threads.executor();
    this.codec = new EventCodec(this.settings.maxSize());
    EventTables tables = new EventTables(settings.schema().name());
    String channel = this.settings.channel();
    Duration patience = this.settings.publishTimeout();
    EventLog eventLog = new EventLog(channel, tables, patience);
    this.log = new LogPages(channel, tables, eventLog);
    this.retention = new LogRetention(channel, tables, this.settings.retention());
    this.keys = new IdempotencyKeys(channel, tables, this.settings.idempotencyRetention());
    this.outbox = new Outbox(channel, tables, this.settings.coalescingWindow());
    this.writer = new LogWriter(dataSource, channel, tables, eventLog, keys, outbox);
    this.groupCommit = new GroupCommit(this::write, executor, this.settings.publishTimeout());
    this.relay = new OutboxRelay(dataSource, outbox, writer, executor, threads.scheduler());
    this.listener =
        new PostgresListener(
            dataSources,
            schema,
            settings,
            monitor,
            new LogFollower(replica, log, writer, backlog, fanout, monitor),
            backlog,
            executor);
  }

  /**
   * Where connections come from.
   *
   * @param main for statements
   * @param listener for the one connection that LISTENs, which it must not share between servers:
   *     no transaction-mode pooler
   */
  public record DataSources(DataSource main, DataSource listener) {}

  /**
   * Where threads come from. None of them may be in a transaction of a caller's.
   *
   * @param executor for what is to be done
   * @param scheduler for what is to be done later
   */
  public record Threads(Executor executor, ScheduledExecutorService scheduler) {}

  @Override
  public void start() {
    listener.start();
    relay.start();
  }

  /** From now on, what a bell tells of is moved out of the outbox at once. */
  public void listenTo(OutboxBell bell) {
    bell.attach(relay::moveSoon);
  }

  @Override
  public Optional<EventId> publish(ServerEvent event, PublishOption option) {
    requireNonNull(option, "option");
    event.requirePublishable();
    requireOpen();
    Encoded encoded = codec.encode(event, "");
    if (transaction.isActive()) {
      publishInTransaction(event, encoded, option);
      return Optional.empty();
    }
    if (keepLocally(event, option)) {
      return Optional.empty();
    }
    if (option instanceof PublishOption.Coalesced) {
      putIntoOutbox(encoded, option);
      relay.moveAfter(settings.coalescingWindow());
      return Optional.empty();
    }
    return Optional.of(groupCommit.write(entry(encoded, option)));
  }

  @Override
  public CompletionStage<Optional<EventId>> publishAsync(ServerEvent event, PublishOption option) {
    requireNonNull(option, "option");
    event.requirePublishable();
    try {
      requireOpen();
      Encoded encoded = codec.encode(event, "");
      if (keepLocally(event, option)) {
        return CompletableFuture.completedStage(Optional.empty());
      }
      if (option instanceof PublishOption.Coalesced) {
        return CompletableFuture.supplyAsync(
            () -> {
              putIntoOutbox(encoded, option);
              relay.moveAfter(settings.coalescingWindow());
              return Optional.empty();
            },
            executor);
      }
      return groupCommit.writeLater(entry(encoded, option)).thenApply(Optional::of);
    } catch (BroadcasterException failure) {
      return CompletableFuture.failedStage(failure);
    } catch (RejectedExecutionException stopping) {
      return CompletableFuture.failedStage(
          new BroadcasterUnavailableException("The server takes no more tasks", stopping));
    }
  }

  @Override
  public Optional<EventId> tellReplicas(ServerEvent entry) {
    entry.requireInternal();
    requireOpen();
    Entry written = entry(codec.encode(entry, ""), PublishOption.PLAIN);
    if (backlog.isOpen()) {
      return Optional.empty(); // Without a database there is nobody to tell, and nothing to keep.
    }
    return Optional.of(
        transaction.isActive()
            ? transaction.outside(() -> groupCommit.write(written))
            : groupCommit.write(written));
  }

  private void publishInTransaction(ServerEvent event, Encoded encoded, PublishOption option) {
    if (backlog.isOpen()) {
      // No database to put it into; and whatever the transaction is about, it is not the database.
      transaction.afterCommit(() -> publishAsync(event, option).whenComplete(this::reportLate));
      return;
    }
    // First, because it fails where the transaction takes nothing more in.
    transaction.afterCommit(
        option instanceof PublishOption.Coalesced
            ? () -> relay.moveAfter(settings.coalescingWindow())
            : relay::moveSoon);
    putIntoOutbox(encoded, option);
  }

  private void reportLate(Optional<EventId> published, Throwable failure) {
    if (failure != null) {
      LOG.log(Level.ERROR, "An event of a committed transaction could not be published", failure);
    }
  }

  private boolean keepLocally(ServerEvent event, PublishOption option) {
    return backlog.isOpen()
        && backlog.add(
            entry(codec.encode(event, replica), option), () -> fanout.deliver(event.withoutId()));
  }

  private void putIntoOutbox(Encoded encoded, PublishOption option) {
    try (Connection connection = dataSource.getConnection()) {
      outbox.put(connection, encoded, option);
    } catch (SQLException failure) {
      throw BroadcasterFailures.of("Publishing on channel " + settings.channel(), failure);
    }
  }

  private static Entry entry(Encoded encoded, PublishOption option) {
    return new Entry(
        encoded,
        option instanceof PublishOption.Idempotent idempotent
            ? Optional.of(idempotent.key())
            : Optional.empty());
  }

  private List<EventId> write(List<Entry> entries) {
    // A transaction of several statements would become part of the container's local transaction
    // of a request, which complains at length when the database is lost in the middle.
    return entries.stream().allMatch(entry -> entry.key().isEmpty())
        ? writeHere(entries)
        : writeElsewhere(entries);
  }

  private List<EventId> writeElsewhere(List<Entry> entries) {
    try {
      return CompletableFuture.supplyAsync(() -> writeHere(entries), executor).join();
    } catch (CompletionException failure) {
      throw failure.getCause() instanceof BroadcasterException cause ? cause : failure;
    } catch (RejectedExecutionException stopping) {
      throw new BroadcasterUnavailableException("The server takes no more tasks", stopping);
    }
  }

  private List<EventId> writeHere(List<Entry> entries) {
    try {
      return writer.write(entries);
    } catch (SQLException failure) {
      throw BroadcasterFailures.of("Publishing on channel " + settings.channel(), failure);
    }
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
  public Optional<EventId> latest() {
    return fanout.latest();
  }

  @Override
  public Replay replay(EventId after) {
    requireOpen();
    if (backlog.isOpen()) {
      throw new BroadcasterUnavailableException(
          "The database has not been reached since the start", null);
    }
    try (Connection connection = dataSource.getConnection()) {
      LogPages.Page page = log.read(connection, after);
      if (page instanceof LogPages.Page.Entries entries) {
        return new Replay.Events(
            entries.entries().stream().map(LogEntry.Event::event).toList(),
            entries.position(),
            entries.complete());
      }
      return new Replay.Interrupted(
          page instanceof LogPages.Page.Loss loss
              ? loss.reset()
              : ((LogPages.Page.Interrupted) page).reset());
    } catch (SQLException failure) {
      throw BroadcasterFailures.of("Reading the log of channel " + settings.channel(), failure);
    }
  }

  @Override
  public int trim() {
    requireOpen();
    try (Connection connection = dataSource.getConnection()) {
      keys.trim(connection);
      return retention.trim(connection);
    } catch (SQLException failure) {
      throw BroadcasterFailures.of("Trimming the log of channel " + settings.channel(), failure);
    }
  }

  @Override
  public DeliveryStatus status() {
    return monitor.status();
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
    relay.close();
    groupCommit.close();
    backlog.close();
    fanout.close();
    monitor.change(DeliveryState.CLOSED, "closed");
  }
}
