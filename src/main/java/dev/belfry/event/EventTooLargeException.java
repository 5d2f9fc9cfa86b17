package dev.belfry.event;

/** An event is larger than the backend can carry; it was not published. */
public class EventTooLargeException extends BroadcasterException {
  private static final long serialVersionUID = 1L;

  public EventTooLargeException(String method, int bytes, int limit) {
    super(
        "Event %s takes %d bytes; at most %d can be published. Publish a reference to the data instead"
            .formatted(method, bytes, limit));
  }
}
