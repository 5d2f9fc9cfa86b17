package dev.belfry.container;

import jakarta.ejb.Stateless;
import jakarta.inject.Inject;
import java.util.List;

/** An EJB that works in a transaction, the container's default. */
@Stateless
public class TransactionalEjb {

  @Inject private TransactionSteps steps;

  /** As {@link TransactionSteps#run}. */
  public void run(List<String> script) throws Exception {
    steps.run(script);
  }
}
