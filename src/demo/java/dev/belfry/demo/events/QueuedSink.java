package dev.belfry.demo.events;

import static java.util.Objects.requireNonNull;

import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseEventSink;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * One client's sink and the events that wait for it. {@link #offer} and {@link #end} never wait for
 * the client; the executor's thread does. A client with {@value #CAPACITY} events waiting is cut
 * off.
 */
final class QueuedSink {

  private static final Logger LOG = System.getLogger(QueuedSink.class.getName());
  private static final int CAPACITY = 256;

  private final SseEventSink sink;
  private final Sse sse;
  private final Executor executor;
  private final Consumer<QueuedSink> onEnd;
  private final Queue<OutboundSseEvent> waiting = new ArrayBlockingQueue<>(CAPACITY);

  /** Only the thread that turned it to true may touch the sink. It stays true after the end. */
  private final AtomicBoolean inUse = new AtomicBoolean();

  private volatile boolean ending;

  /**
   * @param executor where it is sent; one task at a time
   * @param onEnd called when nothing will be sent any more
   */
  QueuedSink(SseEventSink sink, Sse sse, Executor executor, Consumer<QueuedSink> onEnd) {
    this.sink = requireNonNull(sink, "sink");
    this.sse = requireNonNull(sse, "sse");
    this.executor = requireNonNull(executor, "executor");
    this.onEnd = requireNonNull(onEnd, "onEnd");
  }

  void offer(String data) {
    offer(sse.newEvent(data));
  }

  void offer(OutboundSseEvent event) {
    if (!waiting.offer(event)) {
      ending = true;
    }
    if (inUse.compareAndSet(false, true)) {
      try {
        executor.execute(this::drain);
      } catch (RejectedExecutionException stopping) {
        LOG.log(Level.DEBUG, "No thread to send with; the stream ends", stopping);
        close();
      }
    }
  }

  /**
   * Closes the sink, unless it is in use: then its user does, as soon as the client lets go of it.
   */
  void end() {
    ending = true;
    if (inUse.compareAndSet(false, true)) {
      close();
    }
  }

  private void drain() {
    do {
      sendWaiting();
      if (ending || sink.isClosed()) {
        close();
        return;
      }
      inUse.set(false);
      // What was offered, or ended, before the last line found the sink in use and left it to us.
    } while ((ending || !waiting.isEmpty()) && inUse.compareAndSet(false, true));
  }

  private void sendWaiting() {
    OutboundSseEvent event = waiting.poll();
    while (event != null && !ending && !sink.isClosed()) {
      try {
        sink.send(event).toCompletableFuture().join();
      } catch (CompletionException | IllegalStateException clientLeft) {
        LOG.log(Level.DEBUG, "A client has left", clientLeft);
        ending = true;
      }
      event = waiting.poll();
    }
  }

  private void close() {
    onEnd.accept(this);
    sink.close();
  }
}
