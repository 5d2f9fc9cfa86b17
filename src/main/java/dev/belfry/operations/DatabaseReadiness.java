package dev.belfry.operations;

import dev.belfry.session.SessionStore;
import dev.belfry.session.SessionStoreException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready while the session store can serve: the database answers and has Belfry's schema. */
@Readiness
@ApplicationScoped
public class DatabaseReadiness implements HealthCheck {

  private static final String NAME = "belfry-database";

  @Inject private SessionStore store;

  @Override
  public HealthCheckResponse call() {
    try {
      store.check();
      return HealthCheckResponse.up(NAME);
    } catch (SessionStoreException failure) {
      return HealthCheckResponse.named(NAME).down().withData("cause", failure.getMessage()).build();
    }
  }
}
