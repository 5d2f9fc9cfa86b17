package dev.belfry.container;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import java.util.List;

/** A CDI bean that works in a transaction. */
@ApplicationScoped
public class TransactionalBean {

  @Inject private TransactionSteps steps;

  @Transactional(rollbackOn = Exception.class)
  void run(List<String> script) throws Exception {
    steps.run(script);
  }
}
