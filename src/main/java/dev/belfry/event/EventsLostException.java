package dev.belfry.event;

/** Events after the last one taken are lost to this subscriber. */
public class EventsLostException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public EventsLostException(Reset reset) {
    super(
        "Events are missing here (%s): read anew what they may have changed, and subscribe again"
            .formatted(reset.reason()));
  }
}
