package dev.belfry.event;

import static java.util.Objects.requireNonNull;

/**
 * Delivery to this replica changed. Fired as a CDI event, once per change.
 *
 * @param from the state until now
 * @param to the state from now on
 * @param reason why, for an operator to read; holds no secret
 */
public record DeliveryStateChanged(DeliveryState from, DeliveryState to, String reason) {

  public DeliveryStateChanged {
    requireNonNull(from, "from");
    requireNonNull(to, "to");
    requireNonNull(reason, "reason");
  }
}
