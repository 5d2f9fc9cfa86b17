package dev.belfry.sse;

import static java.util.Objects.requireNonNull;

import dev.belfry.event.EventId;
import dev.belfry.event.Reset;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;

/**
 * What waits to be written to one client, and which place in the log that comes to. Every place is
 * passed once, in order, with a frame or without one.
 *
 * <p>The client is either live: every event goes into the queue as it comes. Or it is behind:
 * events that come are left to the log, and pages are had from there until nothing is left out any
 * more. A page waits beside the queue and is taken after it, when the client has room for it; so
 * what comes while a client catches up costs no memory, however slow it is.
 *
 * <p>Not thread-safe.
 */
final class Feed {

  private static final Logger LOG = System.getLogger(Feed.class.getName());

  /** About how many bytes are taken at once. */
  private static final int TAKE = 256 * 1024;

  private final Framing framing;
  private final FrameQueue queue;

  /** What is left of the page. */
  private final Queue<EventFrame> page = new ArrayDeque<>();

  private boolean pageWasLast;

  /** Where the client is when it has got what is in the queue; empty as long as no log is known. */
  private Optional<EventId> position = Optional.empty();

  /** Whether the position has moved since a frame told it. */
  private boolean movedSilently;

  private boolean behind;

  /** The highest offset that was left to the log. */
  private long leftOut;

  private boolean reading;

  /** What had been left out when the reading began. */
  private long leftOutBeforeRead;

  /** After it, a claim of the same session is another stream's; empty if any is. */
  private Optional<EventId> claim = Optional.empty();

  private boolean begun;
  private boolean closed;

  Feed(Framing framing, FrameQueue.Limits limits) {
    this.framing = requireNonNull(framing, "framing");
    this.queue = new FrameQueue(limits);
  }

  /**
   * Begins, with the primer. What comes before this is left out for good.
   *
   * @param place where to go on: after it; empty as long as no log is known
   * @param mayBeBehind whether there may be something after it already
   * @param ownClaim by which the stream has its session, if it has one
   */
  void begin(Optional<EventId> place, boolean mayBeBehind, Optional<EventId> ownClaim) {
    if (!closed) {
      claim = ownClaim;
      position = place;
      behind = mayBeBehind;
      begun = true;
      queue.add(framing.primer(place));
    }
  }

  /** An event came. */
  void add(EventFrame frame) {
    if (!isOpen()) {
      return;
    }
    if (frame.id().isEmpty()) {
      // In no log: a client that does not get it now never will.
      offer(framing.event(frame));
      return;
    }
    if (endsWith(frame)) {
      close(); // At once, also where the client is behind: it has gone on to another stream.
      return;
    }
    EventId id = frame.id().get();
    boolean next = position.isEmpty() || id.offset() == position.get().offset() + 1;
    if (!behind && next) {
      pass(frame, id);
    } else if (behind || !isPassed(id)) {
      leaveOut(id);
    }
  }

  private void pass(EventFrame frame, EventId id) {
    byte[] bytes = framing.event(frame);
    if (bytes.length == 0) {
      moveSilently(id);
    } else if (offer(bytes)) {
      moveWithFrame(id);
    }
  }

  private boolean endsWith(EventFrame frame) {
    return frame.isClaim()
        && framing.client().isClaimedBy(frame.audience())
        && claim.map(own -> StreamClaim.isLater(frame.id().orElseThrow(), own)).orElse(true);
  }

  // In another epoch the offset of an event that was lost may have been given again: the log knows.
  private boolean isPassed(EventId id) {
    return position
        .filter(at -> at.epoch().equals(id.epoch()) && at.offset() >= id.offset())
        .isPresent();
  }

  private void leaveOut(EventId id) {
    behind = true;
    leftOut = Math.max(leftOut, id.offset());
  }

  /**
   * Delivery goes on after a place, and nothing is missing for those who had all until now.
   *
   * @param until where delivery had come to; empty if no log was known
   * @param place where it is now
   */
  void skip(Optional<EventId> until, EventId place) {
    if (!isOpen()) {
      return;
    }
    if (!behind && (position.isEmpty() || position.equals(until))) {
      moveSilently(place);
    } else if (behind || !isPassed(place)) {
      leaveOut(place);
    }
  }

  /** Events are missing on this replica: the client is told, and goes on after them. */
  void reset(Reset reset) {
    if (isOpen()) {
      page.clear();
      leftOut = 0;
      goLive();
      tell(reset);
    }
  }

  private void tell(Reset reset) {
    // A log that has lost the claim gives its place to another one.
    claim = claim.map(own -> StreamClaim.isLater(own, reset.latest()) ? reset.latest() : own);
    if (offer(framing.reset(reset))) {
      moveWithFrame(reset.latest());
    }
  }

  /** Shows a sign of life, and the position if the client does not know it; none if more waits. */
  void beat() {
    if (isOpen() && !hasWork()) {
      queue.add(framing.heartbeat(untoldPosition()));
      movedSilently = false;
    }
  }

  private Optional<EventId> untoldPosition() {
    return position.filter(place -> movedSilently);
  }

  private void moveWithFrame(EventId place) {
    position = Optional.of(place);
    movedSilently = false;
  }

  private void moveSilently(EventId place) {
    if (!position.equals(Optional.of(place))) {
      position = Optional.of(place);
      movedSilently = true;
    }
  }

  private boolean offer(byte[] frame) {
    boolean offered = frame.length == 0 || queue.offer(frame);
    if (!offered) {
      LOG.log(Level.DEBUG, "A client is too slow: its stream ends after what waits for it");
      close();
    }
    return offered;
  }

  /**
   * Takes the next page, if it is time for one.
   *
   * @param recent is asked first
   * @return after which place the log is to be read, for {@link #resume} or {@link #interrupt};
   *     empty if it need not be
   */
  Optional<EventId> nextPage(RecentFrames recent) {
    if (!behind || reading || !page.isEmpty()) {
      return Optional.empty();
    }
    reading = true;
    leftOutBeforeRead = leftOut;
    EventId after = position.orElseThrow();
    Optional<Page> known = recent.after(after, framing.client());
    known.ifPresent(next -> resume(after, next));
    return known.isPresent() ? Optional.empty() : position;
  }

  /** Goes on with what comes after a place. */
  void resume(EventId after, Page next) {
    reading = false;
    if (!isBehindAt(after)) {
      return; // A reset came first.
    }
    if (contradictsDelivery(after, next)) {
      LOG.log(Level.DEBUG, "The log does not hold what was delivered: a stream ends");
      close();
      return;
    }
    page.addAll(next.frames());
    page.add(EventFrame.nothingAt(next.end()));
    pageWasLast = next.complete();
    // Live at once, if that leaves room for what comes before the writer's turn.
    if (next.complete() && leftOut <= next.end().offset() && queue.hasRoomTwice(next.frames())) {
      while (!page.isEmpty()) {
        fromPage().ifPresent(queue::add);
      }
    }
  }

  /** Goes on after the events that are missing after a place. */
  void interrupt(EventId after, Reset reset) {
    reading = false;
    if (isBehindAt(after)) {
      tell(reset);
      pageWasLast = true;
      goLiveIfNothingIsLeftOut();
    }
  }

  private boolean isBehindAt(EventId after) {
    return behind && page.isEmpty() && position.equals(Optional.of(after));
  }

  // Just after a failover, for example. To read again at once would help as little, again and
  // again.
  private boolean contradictsDelivery(EventId after, Page next) {
    return next.complete() ? next.end().offset() < leftOutBeforeRead : next.end().equals(after);
  }

  /** What is to be written next; empty if nothing waits. */
  List<byte[]> take() {
    List<byte[]> taken = new ArrayList<>();
    int size = 0;
    while (hasWork() && size < TAKE) {
      Optional<byte[]> frame = queue.isEmpty() ? fromPage() : Optional.of(queue.remove());
      if (frame.isPresent()) {
        taken.add(frame.get());
        size += frame.get().length;
      }
    }
    return taken;
  }

  private Optional<byte[]> fromPage() {
    EventFrame next = page.remove();
    if (endsWith(next)) {
      close();
      return Optional.empty();
    }
    EventId place = next.id().orElseThrow();
    byte[] bytes = framing.event(next);
    boolean silent = bytes.length == 0;
    if (silent) {
      moveSilently(place);
    } else {
      moveWithFrame(place);
    }
    goLiveIfNothingIsLeftOut();
    return silent ? Optional.empty() : Optional.of(bytes);
  }

  private void goLiveIfNothingIsLeftOut() {
    if (page.isEmpty() && pageWasLast && leftOut <= position.orElseThrow().offset()) {
      goLive();
    }
  }

  private void goLive() {
    behind = false;
    pageWasLast = false;
  }

  /** Whether anything waits to be taken. */
  boolean hasWork() {
    return !queue.isEmpty() || !page.isEmpty();
  }

  private boolean isOpen() {
    return begun && !closed;
  }

  /** Takes nothing more in; what waits in the queue, and when to come back, can still be taken. */
  void close() {
    if (!closed) {
      Optional<EventId> untold = untoldPosition();
      discardPage();
      queue.add(framing.farewell(untold));
    }
  }

  /** Forgets all that waits, for good. */
  void discard() {
    discardPage();
    queue.clear();
  }

  private void discardPage() {
    closed = true;
    behind = false;
    page.clear();
  }

  boolean isClosed() {
    return closed;
  }
}
