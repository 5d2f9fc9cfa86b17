package dev.belfry.documentation;

import dev.belfry.cdi.InTransaction;
import dev.belfry.session.SessionCreated;
import dev.belfry.session.SessionDeleted;
import dev.belfry.session.SessionExpired;
import dev.belfry.session.SessionRevived;
import dev.belfry.session.SessionRotated;
import dev.belfry.session.SessionStore;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

/** An application that is told of sessions, and changes them in its transactions. */
@ApplicationScoped
class SessionObservers {

  @Inject @InTransaction SessionStore inTransaction;

  @Inject Carts carts;

  void created(@Observes SessionCreated event) {}

  void expired(@Observes SessionExpired event) {
    carts.release(event.session().stateAs(Cart.class)); // The session as it was at last.
  }

  void revived(@Observes SessionRevived event) {}

  void ended(@Observes SessionDeleted event) {}

  void renamed(@Observes SessionRotated event) {}

  /** What becomes of carts that nobody pays for. */
  interface Carts {
    void release(Cart cart);
  }
}
