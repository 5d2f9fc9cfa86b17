package dev.belfry.event;

/**
 * Sees all that reaches this replica, in order, one call after the other. It must not block. What
 * it throws is logged and does not stop the delivery.
 */
public interface DeliveryObserver {

  /** An event arrived. */
  void onEvent(ServerEvent event);

  /**
   * Events that should have arrived here did not, and will not; delivery goes on after the reset.
   */
  void onReset(Reset reset);

  /**
   * Delivery goes on after this place, without anything missing: at the beginning, or where the log
   * holds what was delivered here before it came into the log.
   */
  void onPosition(EventId position);

  /** An entry arrived that is none of the application's; nothing is missing. */
  default void onPassed(Passed passed) {}
}
