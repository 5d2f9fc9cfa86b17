package dev.belfry.container;

import static dev.belfry.container.FaultSummary.Finding.ALTERED;
import static dev.belfry.container.FaultSummary.Finding.ANNOUNCED;
import static dev.belfry.container.FaultSummary.Finding.DELIVERED;
import static dev.belfry.container.FaultSummary.Finding.LOST;
import static dev.belfry.container.FaultSummary.Finding.MISPLACED;
import static dev.belfry.container.FaultSummary.Finding.REPEATED;
import static dev.belfry.container.FaultSummary.Finding.RESETS;
import static dev.belfry.container.FaultSummary.Finding.UNACCOUNTED;
import static dev.belfry.container.FaultSummary.Finding.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.container.FaultSummary.Finding;
import dev.belfry.event.EventId;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The check of the fault test finds what it is there to find. The log has the events 1 to 9. */
class FaultSummaryTest {

  @Test
  void everythingInOrderThenNothingIsWrong() {
    assertThat(findings(id(0), events(1, 9))).isEqualTo(Map.of(DELIVERED, 9L));
    assertThat(findings(id(6), events(7, 9))).isEqualTo(Map.of(DELIVERED, 3L));
  }

  @Test
  void lostInTheMiddleThenFound() {
    assertThat(findings(id(0), events(1, 3), events(6, 9)))
        .isEqualTo(Map.of(DELIVERED, 7L, LOST, 2L));
  }

  @Test
  void lostAtTheBeginningThenFound() {
    assertThat(findings(id(0), events(2, 9))).isEqualTo(Map.of(DELIVERED, 8L, LOST, 1L));
  }

  @Test
  void lostAtTheEndThenFound() {
    assertThat(findings(id(0), events(1, 8))).isEqualTo(Map.of(DELIVERED, 8L, LOST, 1L));
    assertThat(findings(id(0))).isEqualTo(Map.of(LOST, 9L));
  }

  @Test
  void shownTwiceThenFound() {
    assertThat(findings(id(0), events(1, 5), events(4, 9)))
        .isEqualTo(Map.of(DELIVERED, 9L, REPEATED, 2L));
  }

  @Test
  void wrongOrderThenFoundAndNothingIsLost() {
    assertThat(findings(id(0), events(1, 3), events(5, 5), events(4, 4), events(6, 9)))
        .isEqualTo(Map.of(DELIVERED, 8L, MISPLACED, 1L));
  }

  @Test
  void shownBeforeTheStartThenFound() {
    assertThat(findings(id(3), events(3, 9))).isEqualTo(Map.of(DELIVERED, 6L, MISPLACED, 1L));
  }

  @Test
  void holeThatAResetCoversThenNothingIsLost() {
    assertThat(findings(id(0), events(1, 3), reset(6), events(7, 9)))
        .isEqualTo(Map.of(DELIVERED, 6L, RESETS, 1L, ANNOUNCED, 3L));
    assertThat(findings(id(0), events(1, 3), reset(9)))
        .isEqualTo(Map.of(DELIVERED, 3L, RESETS, 1L, ANNOUNCED, 6L));
  }

  @Test
  void holeLargerThanTheResetThenTheRestIsLost() {
    assertThat(findings(id(0), events(1, 3), reset(5), events(7, 9)))
        .isEqualTo(Map.of(DELIVERED, 6L, RESETS, 1L, ANNOUNCED, 2L, LOST, 1L));
  }

  @Test
  void holeBeforeTheResetThenLost() {
    assertThat(findings(id(0), events(1, 3), events(5, 5), reset(7), events(8, 9)))
        .isEqualTo(Map.of(DELIVERED, 6L, LOST, 1L, RESETS, 1L, ANNOUNCED, 2L));
  }

  @Test
  void shownAlthoughAResetAnnouncedItMissingThenFound() {
    assertThat(findings(id(0), events(1, 3), reset(6), events(6, 9)))
        .isEqualTo(Map.of(DELIVERED, 6L, MISPLACED, 1L, RESETS, 1L, ANNOUNCED, 3L));
  }

  @Test
  void idOfNoEventThenFound() {
    assertThat(findings(id(0), events(1, 10))).isEqualTo(Map.of(DELIVERED, 9L, UNKNOWN, 1L));
    assertThat(
            findings(
                id(0), events(1, 9), List.of(new Seen.Event(new EventId("other", 9), "key-9", 0))))
        .isEqualTo(Map.of(DELIVERED, 9L, UNKNOWN, 1L));
  }

  @Test
  void anotherEventsIdThenFound() {
    assertThat(findings(id(0), List.of(new Seen.Event(id(1), "key-2", 0)), events(2, 9)))
        .isEqualTo(Map.of(DELIVERED, 9L, ALTERED, 1L));
  }

  @Test
  void eventsThatNobodyPublishedThenFound() {
    Map<EventId, String> published = new HashMap<>(published());
    published.remove(id(4));
    published.remove(id(5));

    assertThat(new FaultSummary(published).count(UNACCOUNTED)).isEqualTo(2);
  }

  @Test
  void sameOffsetTwiceThenFound() {
    Map<EventId, String> published = new HashMap<>(published());
    published.put(new EventId("other", 4), "key-x");

    assertThat(new FaultSummary(published).count(UNACCOUNTED)).isEqualTo(1);
  }

  @Test
  void findingsOfAllClientsAreCountedAndTold() {
    FaultSummary summary = new FaultSummary(published());

    summary.add("one", id(0), events(1, 8));
    summary.add("other", id(0), events(2, 9));

    assertThat(summary.count(LOST)).isEqualTo(2);
    assertThat(summary.details())
        .containsExactly(
            "LOST 1: one was not shown e.9 to e.9", "LOST 1: other was not shown e.1 to e.1");
    assertThat(summary.toString()).contains("delivered 16, lost 2, repeated 0");
  }

  @SafeVarargs
  private static Map<Finding, Long> findings(EventId start, List<Seen>... seen) {
    FaultSummary summary = new FaultSummary(published());
    List<Seen> all = new ArrayList<>();
    for (List<Seen> some : seen) {
      all.addAll(some);
    }
    summary.add("client", start, all);
    Map<Finding, Long> findings = new EnumMap<>(Finding.class);
    for (Finding finding : Finding.values()) {
      if (summary.count(finding) != 0) {
        findings.put(finding, summary.count(finding));
      }
    }
    return findings;
  }

  private static Map<EventId, String> published() {
    Map<EventId, String> published = new HashMap<>();
    for (long offset = 1; offset <= 9; offset++) {
      published.put(id(offset), "key-" + offset);
    }
    return published;
  }

  private static List<Seen> events(long first, long last) {
    return LongStream.rangeClosed(first, last)
        .<Seen>mapToObj(offset -> new Seen.Event(id(offset), "key-" + offset, 0))
        .toList();
  }

  private static List<Seen> reset(long latest) {
    return List.of(new Seen.Reset(id(latest)));
  }

  private static EventId id(long offset) {
    return new EventId("e", offset);
  }
}
