package dev.belfry.postgres;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.belfry.postgres.SessionCache.Entry;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * The memory of a {@link SessionCache}, bounded by count and bytes; for a moment it may exceed them
 * by what is just being put. The only class that knows Caffeine, which an application without a
 * cache need not have. Thread-safe.
 */
final class CachedSessions {

  private final Cache<String, Entry> entries;

  private CachedSessions(Cache<String, Entry> entries) {
    this.entries = entries;
  }

  static CachedSessions of(int maxCount, int maxBytes, Duration maxAge, LongSupplier nanoTime) {
    // Caffeine has one bound. As every entry weighs this much at least, it holds for the count too.
    int leastWeight = (maxBytes - 1) / maxCount + 1;
    return new CachedSessions(
        Caffeine.newBuilder()
            .maximumWeight(maxBytes)
            .weigher((String id, Entry entry) -> Math.max(entry.weight(), leastWeight))
            .expireAfterWrite(maxAge)
            .ticker(nanoTime::getAsLong)
            // Its own threads would be the common pool's, which know no container.
            .executor(Runnable::run)
            .build());
  }

  Optional<Entry> find(String id) {
    return Optional.ofNullable(entries.getIfPresent(id));
  }

  /** Puts an entry if a condition holds; never while the same id's is being removed. */
  void putIf(String id, Entry entry, BooleanSupplier condition) {
    entries.asMap().compute(id, (key, existing) -> condition.getAsBoolean() ? entry : existing);
  }

  // Not invalidate(), which need not wait for a put of an id that is not there yet.
  void remove(String id) {
    entries.asMap().compute(id, (key, existing) -> null);
  }

  void removeAll() {
    entries.invalidateAll();
  }

  /** About how many there are. */
  long size() {
    return entries.estimatedSize();
  }
}
