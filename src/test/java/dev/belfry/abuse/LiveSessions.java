package dev.belfry.abuse;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The sessions that the server has told of, and that were not deleted since. Thread-safe. */
final class LiveSessions {

  /** So many are attacked at a time: enough for several clients, few enough to meet each other. */
  private static final int ATTACKED = 8;

  // All guarded by this.
  private final Set<String> counted = new HashSet<>();
  private final Set<String> deleted = new HashSet<>();
  private final Deque<String> recent = new ArrayDeque<>();

  synchronized void add(String id) {
    counted.add(id);
    recent.addLast(id);
    if (recent.size() > ATTACKED) {
      recent.removeFirst();
    }
  }

  synchronized void delete(String id) {
    deleted.add(id);
    recent.remove(id);
  }

  synchronized boolean needsMore() {
    return recent.size() < ATTACKED / 2;
  }

  /** One of those that are attacked just now. */
  synchronized String any(Dice dice) {
    return recent.isEmpty() ? "none" : dice.pick(new ArrayList<>(recent));
  }

  /** All that there ever were. */
  synchronized List<String> all() {
    return List.copyOf(counted);
  }

  /** Those that were not deleted. */
  synchronized List<String> alive() {
    return counted.stream().filter(id -> !deleted.contains(id)).toList();
  }
}
