package dev.belfry.event;

import static java.util.Objects.requireNonNull;

/** How an event is published. */
public sealed interface PublishOption {

  /** As it is given, at once. */
  PublishOption PLAIN = new Plain();

  /** The longest key, in characters. */
  int MAX_KEY = 255;

  /**
   * At most once for a key, however often it is tried and on whichever replica: a repetition is not
   * published, and gives the id of the first. Keys are kept for {@code
   * belfry.events.idempotency-retention}.
   *
   * @param key not blank, at most {@value #MAX_KEY} characters, not beginning with {@code belfry:}
   */
  static PublishOption idempotent(String key) {
    return new Idempotent(key);
  }

  /**
   * Together with others of the same key: what any replica publishes within {@code
   * belfry.events.coalescing-window} becomes one event at its end, the last one given.
   *
   * @param key not blank, at most {@value #MAX_KEY} characters, not beginning with {@code belfry:}
   */
  static PublishOption coalesced(String key) {
    return new Coalesced(key);
  }

  /** See {@link #PLAIN}. */
  record Plain() implements PublishOption {}

  /** See {@link #idempotent}. */
  record Idempotent(String key) implements PublishOption {
    public Idempotent {
      requireKey(key);
    }
  }

  /** See {@link #coalesced}. */
  record Coalesced(String key) implements PublishOption {
    public Coalesced {
      requireKey(key);
    }
  }

  private static void requireKey(String key) {
    if (requireNonNull(key, "key").isBlank()
        || key.length() > MAX_KEY
        || key.indexOf('\0') >= 0
        || key.startsWith("belfry:")) {
      throw new IllegalArgumentException(
          "A key must not be blank, longer than %d characters, hold a NUL, or begin with belfry:"
              .formatted(MAX_KEY));
    }
  }
}
