package dev.belfry.event;

/** How events from other replicas reach this one, if they do. */
public enum DeliveryState {
  /** Not receiving; a connection is being made. Events published now by others are missed. */
  CONNECTING,
  /** Receiving at once whatever any replica publishes. */
  LIVE,
  /**
   * The backend cannot be listened to: what this replica publishes reaches its own subscribers
   * only.
   */
  LOCAL_ONLY,
  /** Closed for good. */
  CLOSED
}
