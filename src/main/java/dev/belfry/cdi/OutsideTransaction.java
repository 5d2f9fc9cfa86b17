package dev.belfry.cdi;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import jakarta.transaction.Transactional.TxType;
import java.util.function.Supplier;

/**
 * Does something outside the caller's transaction. A bean of its own, because the container steps
 * in only between beans.
 */
@ApplicationScoped
class OutsideTransaction {

  /** The caller's transaction is suspended meanwhile, and goes on whatever the work throws. */
  @Transactional(TxType.NOT_SUPPORTED)
  public <T> T call(Supplier<T> work) {
    return work.get();
  }
}
