package dev.belfry.container;

import dev.belfry.event.EventId;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares what clients were shown with what was published: all of it, in order, each event once,
 * but for those that a reset announced as missing. For one thread.
 */
final class FaultSummary {

  /** What there is to count. */
  enum Finding {
    /** An event of the log that no publisher knows of. */
    UNACCOUNTED,
    /** An event was shown where it belongs. */
    DELIVERED,
    /** An event was not shown, and no reset announced that. */
    LOST,
    /** An event was shown again. */
    REPEATED,
    /** An event was shown after a later one, or after the reset that said that it would not be. */
    MISPLACED,
    /** An event was shown that has the id of no event. */
    UNKNOWN,
    /** An event was shown with the id of another, or is not what was published. */
    ALTERED,
    /** A reset was shown. */
    RESETS,
    /** An event was not shown, as a reset had announced. */
    ANNOUNCED
  }

  private static final int MOST_DETAILS = 30;

  private final Map<EventId, String> published;
  private final List<EventId> log;
  private final Map<EventId, Integer> places = new HashMap<>();
  private final Map<Finding, Long> counts = new EnumMap<>(Finding.class);
  private final List<String> details = new ArrayList<>();

  /**
   * @param published the keys of all events that were published, by the ids that they were given
   */
  FaultSummary(Map<EventId, String> published) {
    this.published = published;
    this.log =
        published.keySet().stream().sorted(Comparator.comparingLong(EventId::offset)).toList();
    for (int place = 0; place < log.size(); place++) {
      places.put(log.get(place), place);
      if (place > 0) {
        compareNeighbours(log.get(place - 1), log.get(place));
      }
    }
  }

  private void compareNeighbours(EventId one, EventId next) {
    long between = next.offset() - one.offset() - 1;
    if (between != 0) {
      note(Finding.UNACCOUNTED, Math.abs(between), "between " + one + " and " + next);
    }
  }

  /**
   * Adds what one client was shown.
   *
   * @param start what it was told to go on after at the beginning
   * @param seen all of it
   */
  void add(String client, EventId start, List<Seen> seen) {
    Walk walk = new Walk(client, placeAfter(start));
    for (Seen one : seen) {
      if (one instanceof Seen.Event event) {
        walk.event(event);
      } else if (one instanceof Seen.Reset reset) {
        walk.reset(reset);
      }
    }
    walk.end();
  }

  private int placeAfter(EventId id) {
    int place = 0;
    while (place < log.size() && log.get(place).offset() <= id.offset()) {
      place++;
    }
    return place;
  }

  private void note(Finding finding, long count, String detail) {
    counts.merge(finding, count, Long::sum);
    if (details.size() < MOST_DETAILS) {
      details.add("%s %d: %s".formatted(finding, count, detail));
    }
  }

  long count(Finding finding) {
    return counts.getOrDefault(finding, 0L);
  }

  /** All findings that are worth looking at, the first of them in detail. */
  List<String> details() {
    return List.copyOf(details);
  }

  @Override
  public String toString() {
    return "delivered %,d, lost %d, repeated %d, misplaced %d, unknown %d, altered %d, unaccounted for %d, resets %d (for %d events)"
        .formatted(
            count(Finding.DELIVERED),
            count(Finding.LOST),
            count(Finding.REPEATED),
            count(Finding.MISPLACED),
            count(Finding.UNKNOWN),
            count(Finding.ALTERED),
            count(Finding.UNACCOUNTED),
            count(Finding.RESETS),
            count(Finding.ANNOUNCED));
  }

  /** One client's way through the log. */
  private final class Walk {
    private final String client;
    private final BitSet shown = new BitSet();
    private final BitSet lost = new BitSet();
    private int next;

    Walk(String client, int next) {
      this.client = client;
      this.next = next;
    }

    void event(Seen.Event event) {
      Integer place = places.get(event.id());
      if (place == null) {
        note(Finding.UNKNOWN, 1, client + " was shown " + event);
        return;
      }
      if (!event.key().equals(published.get(event.id()))) {
        note(Finding.ALTERED, 1, client + " was shown " + event);
      }
      if (shown.get(place)) {
        note(Finding.REPEATED, 1, client + " was shown " + event.id() + " again");
      } else if (place < next) {
        misplaced(place);
      } else {
        lose(place);
        counts.merge(Finding.DELIVERED, 1L, Long::sum);
        next = place + 1;
      }
      shown.set(place);
    }

    private void misplaced(int place) {
      if (lost.get(place)) {
        lost.clear(place);
        counts.merge(Finding.LOST, -1L, Long::sum);
      }
      note(Finding.MISPLACED, 1, client + " was shown " + log.get(place) + " too late");
    }

    /** Goes on at a place, and misses what is before it. */
    private void lose(int place) {
      if (place > next) {
        lost.set(next, place);
        note(
            Finding.LOST,
            place - next,
            "%s was not shown %s to %s".formatted(client, log.get(next), log.get(place - 1)));
        next = place;
      }
    }

    void reset(Seen.Reset reset) {
      int place = placeAfter(reset.latest());
      note(Finding.RESETS, 1, client + " was told to go on after " + reset.latest());
      if (place > next) {
        counts.merge(Finding.ANNOUNCED, (long) place - next, Long::sum);
        next = place;
      }
    }

    void end() {
      lose(log.size());
    }
  }
}
