package dev.belfry.sse;

import static java.util.Objects.requireNonNull;

import dev.belfry.event.Broadcaster;
import dev.belfry.event.BroadcasterException;
import dev.belfry.event.EventId;
import dev.belfry.event.Replay;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
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

  /**
   * @param executor runs the reading
   */
  LogReader(Broadcaster broadcaster, Executor executor) {
    this.broadcaster = requireNonNull(broadcaster, "broadcaster");
    this.reads = new LimitedExecutor(executor, READS_AT_A_TIME);
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

  // Encoded here, where nobody waits for it.
  private static Page page(Replay.Events events, Client client) {
    return new Page(
        events.events().stream().filter(client::gets).map(EventFrame::of).toList(),
        events.position(),
        events.complete());
  }
}
