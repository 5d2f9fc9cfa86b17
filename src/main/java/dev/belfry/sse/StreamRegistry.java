package dev.belfry.sse;

import dev.belfry.session.SessionIds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The open streams of this replica, at most one per session. Thread-safe. */
final class StreamRegistry {

  /** Its monitor tells of every stream that is gone. */
  private final Set<EventStream> streams = ConcurrentHashMap.newKeySet();

  /** By the fingerprint of its session's id: all that events tell of it where ids are hashed. */
  private final Map<String, EventStream> bySession = new ConcurrentHashMap<>();

  /** From now on, {@link #forEach} comes to this stream. */
  void add(EventStream stream) {
    streams.add(stream);
  }

  /** Makes this stream the one of its session, and ends the other; or itself, if that is newer. */
  void claimSession(EventStream stream) {
    if (stream.client().hasSession()) {
      List<EventStream> loser = new ArrayList<>();
      bySession.merge(
          stream.client().fingerprint(),
          stream,
          (other, newcomer) -> {
            boolean outranked = newcomer.outranks(other);
            loser.add(outranked ? other : newcomer);
            return outranked ? newcomer : other;
          });
      loser.forEach(EventStream::end); // Not in the function, which holds a lock of the map.
    }
    // Checked after adding: an end that came before was removed in vain.
    if (stream.isEnded()) {
      remove(stream);
    }
  }

  void remove(EventStream stream) {
    streams.remove(stream);
    if (stream.client().hasSession()) {
      bySession.remove(stream.client().fingerprint(), stream);
    }
    synchronized (streams) {
      streams.notifyAll();
    }
  }

  /**
   * The stream of a session, if it has one here.
   *
   * @param sessionId its id or the fingerprint of that; what is no valid id has no stream
   */
  Optional<EventStream> ofSession(String sessionId) {
    return Optional.of(sessionId)
        .filter(SessionIds::isValid)
        .map(SessionIds::fingerprint)
        .map(bySession::get);
  }

  void forEach(Consumer<EventStream> action) {
    streams.forEach(action);
  }

  int count() {
    return streams.size();
  }

  /**
   * Ends all streams: one after the other, in random order and spread over some time, so that their
   * clients do not all turn to the other replicas at once. Returns when all have been told.
   *
   * @param spread over what time
   * @param wait how long to wait at most for the last ones to be told
   */
  void drain(Duration spread, Duration wait) throws InterruptedException {
    List<EventStream> leaving = new ArrayList<>(streams);
    Collections.shuffle(leaving);
    long begin = System.nanoTime();
    for (int index = 0; index < leaving.size(); index++) {
      awaitNone(begin + spread.toNanos() / leaving.size() * index);
      leaving.get(index).end();
    }
    // Those that came while the others were leaving, too.
    streams.forEach(EventStream::end);
    awaitNone(System.nanoTime() + wait.toNanos());
  }

  private void awaitNone(long deadline) throws InterruptedException {
    synchronized (streams) {
      for (long left = deadline - System.nanoTime();
          !streams.isEmpty() && left > 0;
          left = deadline - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(streams, left);
      }
    }
  }
}
