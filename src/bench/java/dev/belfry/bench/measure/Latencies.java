package dev.belfry.bench.measure;

import java.util.concurrent.TimeUnit;

/**
 * How long many things took, in buckets that are no wider than a sixteenth of what they count.
 * Thread-safe.
 */
public final class Latencies {
  private static final int BUCKETS_PER_OCTAVE = 16;
  private static final int BITS = 4;

  /** Guarded by this. */
  private final long[] counts = new long[BUCKETS_PER_OCTAVE * (Long.SIZE - BITS)];

  private long total;

  public synchronized void add(long nanos) {
    counts[bucket(Math.max(0, nanos))]++;
    total++;
  }

  public synchronized long count() {
    return total;
  }

  /** The time within which this share was done, from 0 to 1; 0 if there was nothing. */
  public synchronized double milliseconds(double share) {
    long wanted = (long) Math.ceil(total * share);
    long passed = 0;
    for (int bucket = 0; bucket < counts.length; bucket++) {
      passed += counts[bucket];
      if (passed > 0 && passed >= wanted) {
        return (double) longest(bucket) / TimeUnit.MILLISECONDS.toNanos(1);
      }
    }
    return 0;
  }

  private static int bucket(long nanos) {
    if (nanos < BUCKETS_PER_OCTAVE) {
      return (int) nanos;
    }
    int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos) - BITS;
    return (shift << BITS) + (int) (nanos >>> shift);
  }

  private static long longest(int bucket) {
    if (bucket < BUCKETS_PER_OCTAVE) {
      return bucket;
    }
    int shift = (bucket >> BITS) - 1;
    return ((bucket - ((long) shift << BITS) + 1) << shift) - 1;
  }
}
