package dev.belfry.cluster;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The JVM of a replica. Immutable.
 *
 * @param heap the most it may have, as {@code -Xmx} takes it
 * @param properties system properties, for example {@code belfry.session.ttl}
 */
public record Jvm(String heap, Map<String, String> properties) {
  static final String USUAL_HEAP = "512m";

  /** Keeps a copy of the properties, sorted. */
  public Jvm {
    properties = Collections.unmodifiableMap(new TreeMap<>(properties));
  }

  Jvm with(String key, String value) {
    Map<String, String> all = new TreeMap<>(properties);
    all.put(key, value);
    return new Jvm(heap, all);
  }
}
