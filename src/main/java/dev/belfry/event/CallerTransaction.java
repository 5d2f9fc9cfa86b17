package dev.belfry.event;

/** The transaction of whoever calls, on the calling thread. Thread-safe. */
public interface CallerTransaction {

  /** Where there are no transactions. */
  CallerTransaction NONE =
      new CallerTransaction() {
        @Override
        public boolean isActive() {
          return false;
        }

        @Override
        public void afterCommit(Runnable action) {
          throw new IllegalStateException("There is no transaction");
        }
      };

  /** Whether there is one, even if it can only be rolled back any more. */
  boolean isActive();

  /**
   * Calls an action if and when the transaction has committed.
   *
   * @param action must not block, throw, or use the transaction
   * @throws IllegalStateException if there is no transaction
   */
  void afterCommit(Runnable action);
}
