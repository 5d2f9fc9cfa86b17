package dev.belfry.operations;

import dev.belfry.config.BelfrySettings;
import dev.belfry.event.Broadcaster;
import dev.belfry.event.DeliveryState;
import dev.belfry.event.DeliveryStatus;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/**
 * Alive while the LISTEN loop turns. A database that is away does not stop the loop, so a restart
 * is asked for only when a restart may help.
 */
@Liveness
@ApplicationScoped
public class DeliveryLiveness implements HealthCheck {

  /** For what one turn may take besides its waits: a connection attempt, a migration. */
  private static final Duration GRACE = Duration.ofMinutes(2);

  @Inject private Broadcaster broadcaster;
  @Inject private BelfrySettings settings;

  @Override
  public HealthCheckResponse call() {
    DeliveryStatus status = broadcaster.status();
    BelfrySettings.Listener listener = settings.listener();
    Duration longestTurn = listener.probeInterval().plus(listener.reconnectMax()).plus(GRACE);
    Duration sinceLastTurn = Duration.between(status.lastTurn(), Clock.systemUTC().instant());
    // A running application has no closed broadcaster, unless the loop broke.
    boolean alive =
        status.state() != DeliveryState.CLOSED && sinceLastTurn.compareTo(longestTurn) <= 0;
    return HealthCheckResponse.named("belfry-listener")
        .status(alive)
        .withData("lastTurn", status.lastTurn().toString())
        .build();
  }
}
