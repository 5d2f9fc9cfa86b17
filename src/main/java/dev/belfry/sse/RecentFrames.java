package dev.belfry.sse;

import dev.belfry.event.EventId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;

/**
 * The last events of this replica, and how far it has got: after a deployment most clients come
 * back with an id only slightly behind, and need not be read for from the database one by one.
 *
 * <p>Thread-safe. Whoever delivers an event adds it here before it gives it to the streams; so a
 * stream that begins after this finds it here, and one that began before is given it.
 */
final class RecentFrames {

  private final int maxCount;
  private final long maxBytes;

  /** Without gaps: the first of them follows {@link #before}. Guarded by this, as is all below. */
  private final Queue<EventFrame> frames = new ArrayDeque<>();

  private long bytes;
  private Optional<EventId> before = Optional.empty();
  private Optional<EventId> latest = Optional.empty();

  RecentFrames(int maxCount, long maxBytes) {
    this.maxCount = maxCount;
    this.maxBytes = maxBytes;
  }

  /** The place up to which everything was added; empty as long as no log has been reached. */
  synchronized Optional<EventId> latest() {
    return latest;
  }

  /** Adds the next event. One without a place in the log is not kept. */
  synchronized void add(EventFrame frame) {
    if (frame.id().isEmpty()) {
      return;
    }
    EventId id = frame.id().get();
    if (latest.isEmpty() || id.offset() != latest.get().offset() + 1) {
      restart(id);
      return;
    }
    latest = frame.id();
    frames.add(frame);
    bytes += frame.bytes().length;
    while (frames.size() > maxCount || bytes > maxBytes) {
      EventFrame oldest = frames.remove();
      bytes -= oldest.bytes().length;
      before = oldest.id();
    }
  }

  /**
   * Begins anew after a place.
   *
   * @return the place up to which everything had been added until then
   */
  synchronized Optional<EventId> restart(EventId place) {
    Optional<EventId> until = latest;
    frames.clear();
    bytes = 0;
    before = Optional.of(place);
    latest = before;
    return until;
  }

  /** All that came after a place, for one client; empty if that is not known here any more. */
  synchronized Optional<Page> after(EventId place, Client client) {
    boolean found = before.equals(Optional.of(place));
    List<EventFrame> after = new ArrayList<>();
    for (EventFrame frame : frames) {
      if (found && frame.concerns(client)) {
        after.add(frame);
      }
      // The epoch counts too: a place that the database has lost is none that came before this.
      found = found || frame.id().equals(Optional.of(place));
    }
    return found ? latest.map(end -> new Page(after, end, true)) : Optional.empty();
  }
}
