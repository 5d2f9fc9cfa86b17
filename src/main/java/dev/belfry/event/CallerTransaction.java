package dev.belfry.event;

import java.util.function.Supplier;

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

        @Override
        public <T> T outside(Supplier<T> work) {
          return work.get();
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

  /**
   * Does something outside of it, on this thread. Afterwards it goes on as it was, whatever the
   * work throws.
   */
  <T> T outside(Supplier<T> work);
}
