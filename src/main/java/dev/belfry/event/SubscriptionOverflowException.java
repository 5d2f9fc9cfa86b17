package dev.belfry.event;

/**
 * A subscriber was too slow: more events were waiting for it than its subscription holds, and those
 * after them are lost to it.
 */
public class SubscriptionOverflowException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public SubscriptionOverflowException(int capacity) {
    super(
        "More than %d events were waiting for this subscriber; subscribe again, and read faster or with a larger capacity"
            .formatted(capacity));
  }
}
