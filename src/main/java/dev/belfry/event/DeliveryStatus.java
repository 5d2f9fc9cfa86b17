package dev.belfry.event;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/**
 * How delivery to this replica stands.
 *
 * @param state the state
 * @param reason why it is so, for an operator to read; holds no secret
 * @param since from when it has been so
 * @param lastTurn when the part that receives last showed that it is alive; stays behind when it
 *     hangs
 */
public record DeliveryStatus(DeliveryState state, String reason, Instant since, Instant lastTurn) {

  public DeliveryStatus {
    requireNonNull(state, "state");
    requireNonNull(reason, "reason");
    requireNonNull(since, "since");
    requireNonNull(lastTurn, "lastTurn");
  }
}
