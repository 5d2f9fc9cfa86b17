package dev.belfry.sse;

import static java.util.Objects.requireNonNull;

import dev.belfry.event.EventId;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * One client's stream. To give it something never blocks: that waits in the feed, which one task at
 * a time writes out, everything that waits in one write. A client too slow for its feed gets what
 * is in it, then the stream ends. Thread-safe.
 */
final class EventStream {

  private static final Logger LOG = System.getLogger(EventStream.class.getName());

  private final Client client;
  private final Terms terms;
  private final Exchange exchange;
  private final Shared shared;

  /** Guarded by this, as are the flags. */
  private final Feed feed;

  private boolean writing;
  private boolean ended;

  /** Whether anything was sent; the writer's own. */
  private boolean committed;

  /**
   * What holds for one stream.
   *
   * @param claim by which it has its session; empty if there is none, or nobody to tell
   * @param until when it ends at the latest
   */
  record Terms(Optional<EventId> claim, Instant until) {}

  /**
   * Where a stream is written to.
   *
   * @param context the started exchange
   * @param output of its response
   */
  record Exchange(AsyncContext context, ServletOutputStream output) {}

  /**
   * What all streams have in common.
   *
   * @param writers run the writing
   * @param recent what this replica delivered last
   * @param log where what came before that is read
   * @param onEnd called once per stream, when nothing more will be written
   */
  record Shared(
      Executor writers, RecentFrames recent, LogReader log, Consumer<EventStream> onEnd) {}

  /** Writes nothing before its feed is changed. */
  EventStream(Client client, Terms terms, Feed feed, Exchange exchange, Shared shared) {
    this.client = requireNonNull(client, "client");
    this.terms = requireNonNull(terms, "terms");
    this.feed = requireNonNull(feed, "feed");
    this.exchange = requireNonNull(exchange, "exchange");
    this.shared = requireNonNull(shared, "shared");
  }

  Client client() {
    return client;
  }

  /** Whether this stream has its session before the other, which began earlier or later. */
  boolean outranks(EventStream other) {
    return terms.claim().isEmpty()
        || other.terms.claim().isEmpty()
        || StreamClaim.isLater(terms.claim().get(), other.terms.claim().get());
  }

  /** Whether its time is over. */
  boolean isOverdue(Instant now) {
    return !now.isBefore(terms.until());
  }

  /** Changes the feed, and does what that calls for. */
  void change(Consumer<Feed> change) {
    change(change, shared.writers());
  }

  /** Changes the feed, and does what that calls for; if it is to write, that is given to these. */
  void change(Consumer<Feed> change, Executor writers) {
    synchronized (this) {
      change.accept(feed);
    }
    proceed(writers);
  }

  /** Ends the stream when what waits has been written. Idempotent. */
  void end() {
    change(Feed::close);
  }

  /** Ends the stream without telling the client, which is gone or does not read. Idempotent. */
  void abandon() {
    synchronized (this) {
      feed.discard();
      if (writing) {
        return; // The response is the writer's until its write returns or fails.
      }
    }
    finish();
  }

  /** Whether nothing more will be taken in. */
  synchronized boolean isEnding() {
    return feed.isClosed();
  }

  /** Whether nothing more will be written. */
  synchronized boolean isEnded() {
    return ended;
  }

  /** Reads more and writes what waits, where that is due. */
  private void proceed(Executor writers) {
    Optional<EventId> after;
    boolean write;
    synchronized (this) {
      after = feed.nextPage(shared.recent());
      write = !writing && !ended && (feed.hasWork() || feed.isClosed());
      writing = writing || write;
    }
    if (write) {
      writers.execute(this::write);
    }
    after.ifPresent(place -> shared.log().readLater(this, place));
  }

  private void write() {
    try {
      for (List<byte[]> waiting = takeWaiting(); !waiting.isEmpty(); waiting = takeWaiting()) {
        exchange.output().write(inOne(waiting));
        exchange.output().flush();
        if (!committed) {
          // Open Liberty's first flush of a response commits it and sends nothing: the second does.
          exchange.output().flush();
          committed = true;
        }
      }
    } catch (IOException | RuntimeException disconnected) {
      // The container's own exceptions differ; all mean that the client cannot be written to.
      LOG.log(Level.DEBUG, "A client is gone", disconnected);
      finish();
    }
  }

  /** Takes what waits; if nothing does, stops writing and perhaps ends. */
  private List<byte[]> takeWaiting() {
    List<byte[]> waiting;
    boolean finished;
    synchronized (this) {
      waiting = feed.take();
      writing = !waiting.isEmpty();
      finished = !writing && feed.isClosed();
    }
    if (finished) {
      finish();
    } else {
      proceed(shared.writers());
    }
    return waiting;
  }

  // One write for all is what makes the difference; a frame alone, the usual case, is not copied.
  private static byte[] inOne(List<byte[]> frames) {
    return frames.size() == 1 ? frames.get(0) : Frames.inOne(frames.toArray(byte[][]::new));
  }

  /** The end: called by the writer, or when there is none. */
  private void finish() {
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
      writing = false;
      feed.discard();
    }
    shared.onEnd().accept(this);
    try {
      exchange.context().complete();
    } catch (IllegalStateException alreadyComplete) {
      LOG.log(Level.TRACE, "The container had ended the exchange", alreadyComplete);
    }
  }
}
