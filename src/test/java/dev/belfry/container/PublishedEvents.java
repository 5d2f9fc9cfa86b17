package dev.belfry.container;

import dev.belfry.event.EventId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What publishers were told to be in the log, and why they had to ask again. Thread-safe. */
final class PublishedEvents {

  // Guarded by this, as is all below.
  private final Map<EventId, String> keys = new HashMap<>();
  private final Map<String, Integer> retries = new TreeMap<>();
  private final List<String> problems = new ArrayList<>();

  synchronized void acknowledge(EventId id, String key) {
    String other = keys.put(id, key);
    if (other != null) {
      problems.add("%s and %s were both given %s".formatted(other, key, id));
    }
  }

  synchronized void retry(String reason) {
    retries.merge(reason, 1, Integer::sum);
  }

  synchronized void report(String problem) {
    problems.add(problem);
  }

  /** The events' keys. */
  synchronized Map<EventId, String> keys() {
    return Map.copyOf(keys);
  }

  synchronized Optional<EventId> last() {
    return keys.keySet().stream().max(Comparator.comparingLong(EventId::offset));
  }

  synchronized int count() {
    return keys.size();
  }

  /** How often there was no answer with an id, by reason. */
  synchronized Map<String, Integer> retries() {
    return new TreeMap<>(retries);
  }

  synchronized List<String> problems() {
    return List.copyOf(problems);
  }
}
