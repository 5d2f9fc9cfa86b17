package dev.belfry.operations;

import dev.belfry.config.BelfrySettings;
import dev.belfry.event.Broadcaster;
import dev.belfry.event.DeliveryState;
import dev.belfry.event.DeliveryStatus;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/**
 * Tells how events reach this replica. It is not ready without them only where that is configured:
 * most applications would rather serve requests than none.
 */
@Readiness
@ApplicationScoped
public class DeliveryReadiness implements HealthCheck {

  @Inject private Broadcaster broadcaster;
  @Inject private BelfrySettings settings;

  @Override
  public HealthCheckResponse call() {
    DeliveryStatus status = broadcaster.status();
    boolean arriving =
        status.state() == DeliveryState.LIVE || status.state() == DeliveryState.POLLING;
    boolean up = !settings.health().deliveryRequired() || arriving;
    return HealthCheckResponse.named("belfry-delivery")
        .status(up)
        .withData("state", status.state().name())
        .withData("reason", status.reason())
        .withData("since", status.since().toString())
        .build();
  }
}
