package dev.belfry.cdi;

import dev.belfry.event.CallerTransaction;
import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.TransactionSynchronizationRegistry;
import java.util.function.Supplier;

/** The container's transaction of the calling thread. */
@ApplicationScoped
class JtaTransaction implements CallerTransaction {

  @Resource(lookup = "java:comp/TransactionSynchronizationRegistry")
  private TransactionSynchronizationRegistry registry;

  @Inject private OutsideTransaction outside;

  @Override
  public boolean isActive() {
    // One that has ended takes nothing more in: after it, as in observers of its success, is
    // outside.
    return switch (registry.getTransactionStatus()) {
      case Status.STATUS_NO_TRANSACTION, Status.STATUS_COMMITTED, Status.STATUS_ROLLEDBACK -> false;
      default -> true;
    };
  }

  @Override
  public void afterCommit(Runnable action) {
    registry.registerInterposedSynchronization(
        new Synchronization() {
          @Override
          public void beforeCompletion() {
            // Nothing is left to do: what is to commit was written when it was published.
          }

          @Override
          public void afterCompletion(int status) {
            if (status == Status.STATUS_COMMITTED) {
              action.run();
            }
          }
        });
  }

  @Override
  public <T> T outside(Supplier<T> work) {
    return outside.call(work);
  }
}
