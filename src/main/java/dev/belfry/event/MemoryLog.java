package dev.belfry.event;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The last events of this process, in order. Not thread-safe. */
final class MemoryLog {

  private static final int PAGE = 500;

  private final Clock clock;
  private final int maxEvents;
  private final Duration maxAge;
  private final String epoch = new BigInteger(63, new SecureRandom()).toString(36);

  /** In order, without gaps: the first of it has the offset {@code last - size + 1}. */
  private final List<Entry> entries = new ArrayList<>();

  private long last;

  MemoryLog(Clock clock, int maxEvents, Duration maxAge) {
    this.clock = clock;
    this.maxEvents = maxEvents;
    this.maxAge = maxAge;
  }

  ServerEvent append(ServerEvent event) {
    last++;
    ServerEvent placed = event.at(latest());
    entries.add(new Entry(placed, clock.instant()));
    // Far too many are too many between two calls of trim as well; in bulk, because each one costs.
    if (entries.size() > 2L * maxEvents) {
      trim();
    }
    return placed;
  }

  EventId latest() {
    return new EventId(epoch, last);
  }

  Replay replay(EventId after) {
    long beforeFirst = last - entries.size();
    if (!after.epoch().equals(epoch)) {
      return interrupted(Reset.Reason.UNKNOWN);
    }
    if (after.offset() > last) {
      return interrupted(Reset.Reason.FUTURE);
    }
    if (after.offset() < beforeFirst) {
      return interrupted(Reset.Reason.TRIMMED);
    }
    int from = Math.toIntExact(after.offset() - beforeFirst);
    int to = Math.min(entries.size(), from + PAGE);
    List<ServerEvent> events = entries.subList(from, to).stream().map(Entry::event).toList();
    return new Replay.Events(events, new EventId(epoch, beforeFirst + to), to == entries.size());
  }

  private Replay interrupted(Reset.Reason reason) {
    EventId earliest = new EventId(epoch, last - entries.size());
    return new Replay.Interrupted(new Reset(reason, earliest, latest()));
  }

  int trim() {
    Instant oldest = clock.instant().minus(maxAge);
    int tooMany = Math.max(0, entries.size() - maxEvents);
    int drop = tooMany;
    while (drop < entries.size() && entries.get(drop).at().isBefore(oldest)) {
      drop++;
    }
    entries.subList(0, drop).clear();
    return drop;
  }

  private record Entry(ServerEvent event, Instant at) {}
}
