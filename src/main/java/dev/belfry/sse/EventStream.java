package dev.belfry.sse;

import static java.util.Objects.requireNonNull;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * One client's stream. To send never blocks: frames wait in a bounded queue, which one task at a
 * time writes out, everything that waits in one write. A client too slow for its queue gets what is
 * in it, then the stream ends.
 */
final class EventStream {

  private static final Logger LOG = System.getLogger(EventStream.class.getName());

  /** How much is put together for one write. */
  private static final int MAX_WRITE = 256 * 1024;

  private final String sessionId;
  private final AsyncContext context;
  private final ServletOutputStream output;
  private final Executor executor;
  private final int capacity;
  private final Consumer<EventStream> onEnd;

  /** Guarded by this, as are the flags. */
  private final Queue<byte[]> queue = new ArrayDeque<>();

  private boolean writing;
  private boolean ending;
  private boolean ended;

  /** Whether anything was sent; the writer's own. */
  private boolean committed;

  /**
   * Writes nothing yet: first {@link #writeLater} or an event sets it going.
   *
   * @param sessionId of the session that it belongs to; empty for a public stream
   * @param context the started exchange
   * @param output of its response
   * @param executor runs the writing
   * @param primer the first frame
   * @param capacity how many frames may wait
   * @param onEnd called once, when nothing more will be written
   */
  EventStream(
      String sessionId,
      AsyncContext context,
      ServletOutputStream output,
      Executor executor,
      byte[] primer,
      int capacity,
      Consumer<EventStream> onEnd) {
    this.sessionId = requireNonNull(sessionId, "sessionId");
    this.context = requireNonNull(context, "context");
    this.output = requireNonNull(output, "output");
    this.executor = requireNonNull(executor, "executor");
    this.capacity = capacity;
    this.onEnd = requireNonNull(onEnd, "onEnd");
    queue.add(primer);
  }

  String sessionId() {
    return sessionId;
  }

  /** Sends a frame, or ends the stream if too many wait already. */
  void send(byte[] frame) {
    synchronized (this) {
      if (ending) {
        return;
      }
      if (queue.size() < capacity) {
        queue.add(frame);
      } else {
        LOG.log(Level.DEBUG, "A client is too slow: its stream ends after {0} frames", capacity);
        ending = true;
      }
    }
    writeLater();
  }

  /** Ends the stream when what waits has been written. Idempotent. */
  void end() {
    synchronized (this) {
      ending = true;
    }
    writeLater();
  }

  /** Writes what waits, if nobody does so already. */
  void writeLater() {
    synchronized (this) {
      if (writing || ended) {
        return;
      }
      writing = true;
    }
    try {
      executor.execute(this::write);
    } catch (RejectedExecutionException stopping) {
      LOG.log(Level.DEBUG, "The server takes no more tasks: a stream ends", stopping);
      finish();
    }
  }

  /** Ends the stream without telling the client, which is gone or does not read. Idempotent. */
  void abandon() {
    synchronized (this) {
      ending = true;
      queue.clear();
      if (writing) {
        return; // The response is the writer's until its write returns or fails.
      }
    }
    finish();
  }

  /** Whether nothing more will be written. */
  synchronized boolean isEnded() {
    return ended;
  }

  private void write() {
    try {
      byte[] waiting = takeWaiting();
      while (waiting.length > 0) {
        output.write(waiting);
        output.flush();
        if (!committed) {
          // Open Liberty's first flush of a response commits it and sends nothing: the second does.
          output.flush();
          committed = true;
        }
        waiting = takeWaiting();
      }
    } catch (IOException | RuntimeException disconnected) {
      // The container's own exceptions differ; all mean that the client cannot be written to.
      LOG.log(Level.DEBUG, "A client is gone", disconnected);
      finish();
    }
  }

  /** Takes what waits, up to a limit; if nothing does, stops writing and perhaps ends. */
  private byte[] takeWaiting() {
    ByteArrayOutputStream waiting = new ByteArrayOutputStream();
    boolean finished;
    synchronized (this) {
      while (!queue.isEmpty() && waiting.size() < MAX_WRITE) {
        waiting.writeBytes(queue.remove());
      }
      writing = waiting.size() > 0;
      finished = !writing && ending;
    }
    if (finished) {
      finish();
    }
    return waiting.toByteArray();
  }

  /** The end: called by the writer, or when there is none. */
  private void finish() {
    synchronized (this) {
      if (ended) {
        return;
      }
      ending = true;
      ended = true;
      writing = false;
      queue.clear();
    }
    onEnd.accept(this);
    try {
      context.complete();
    } catch (IllegalStateException alreadyComplete) {
      LOG.log(Level.TRACE, "The container had ended the exchange", alreadyComplete);
    }
  }
}
