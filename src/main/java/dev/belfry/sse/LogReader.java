package dev.belfry.sse;

import static java.util.Objects.requireNonNull;

import dev.belfry.event.Broadcaster;
import dev.belfry.event.BroadcasterException;
import dev.belfry.event.EventId;
import dev.belfry.event.Replay;
import dev.belfry.event.ServerEvent;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Reads from the log what streams are missing, page by page. Few at a time: clients that come back
 * together must not take all of the database's connections. Thread-safe.
 */
final class LogReader {

  private static final Logger LOG = System.getLogger(LogReader.class.getName());

  private static final int READS_AT_A_TIME = 4;

  private final Broadcaster broadcaster;
  private final Executor reads;
  private final int pageBytes;

  /**
   * @param executor runs the reading
   * @param pageBytes how much of a page a stream may hold, about
   */
  LogReader(Broadcaster broadcaster, Executor executor, int pageBytes) {
    this.broadcaster = requireNonNull(broadcaster, "broadcaster");
    this.reads = new LimitedExecutor(executor, READS_AT_A_TIME);
    this.pageBytes = pageBytes;
  }

  /**
   * Gives the stream the next page when its turn has come. If there is none to be had the stream
   * ends: its client comes back with its id.
   */
  void readLater(EventStream stream, EventId after) {
    try {
      reads.execute(() -> read(stream, after));
    } catch (RejectedExecutionException stopping) {
      LOG.log(Level.DEBUG, "The server takes no more tasks: a stream ends", stopping);
      stream.end();
    }
  }

  private void read(EventStream stream, EventId after) {
    if (stream.isEnding()) {
      return;
    }
    try {
      Replay replay = broadcaster.replay(after);
      if (replay instanceof Replay.Events events) {
        Page page = page(events, stream.client());
        stream.change(feed -> feed.resume(after, page));
      } else if (replay instanceof Replay.Interrupted interrupted) {
        stream.change(feed -> feed.interrupt(after, interrupted.reset()));
      }
    } catch (BroadcasterException failure) {
      LOG.log(Level.DEBUG, "The log cannot be read just now: a stream ends", failure);
      stream.end();
    } catch (RuntimeException | Error failure) {
      // Boundary to code that may be an application's: the next stream's turn must come.
      LOG.log(Level.ERROR, "The log cannot be read: a stream ends", failure);
      stream.end();
    }
  }

  // Encoded here, where nobody waits for it. Cut where a stream, which may not read, would hold too
  // much: what is left it gets by another reading.
  private Page page(Replay.Events events, Client client) {
    List<EventFrame> frames = new ArrayList<>();
    long size = 0;
    for (ServerEvent entry : events.entries()) {
      if (client.isConcernedBy(entry)) {
        EventFrame frame = EventFrame.of(entry);
        frames.add(frame);
        size += frame.bytes().length;
      }
      if (size >= pageBytes) {
        EventId end = entry.id().orElseThrow();
        return new Page(frames, end, events.complete() && end.equals(events.position()));
      }
    }
    return new Page(frames, events.position(), events.complete());
  }
}
