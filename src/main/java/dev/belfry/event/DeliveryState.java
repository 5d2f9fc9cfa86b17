package dev.belfry.event;

/** How events from other replicas reach this one, if they do. */
public enum DeliveryState {
  /** Not receiving; a connection is being made. What is published meanwhile comes later. */
  CONNECTING,
  /** Receiving what was published while it was not. */
  CATCHING_UP,
  /** Receiving at once whatever any replica publishes. */
  LIVE,
  /**
   * Receiving whatever any replica publishes, but only as often as the log is looked at: nothing
   * tells when there is something new.
   */
  POLLING,
  /**
   * The backend has not been reached since the start: what this replica publishes reaches its own
   * subscribers only, and the others later.
   */
  LOCAL_ONLY,
  /** Closed for good. */
  CLOSED
}
