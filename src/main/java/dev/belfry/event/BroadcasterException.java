package dev.belfry.event;

/** An event could not be published, or events cannot be received. */
public class BroadcasterException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public BroadcasterException(String message) {
    super(message);
  }

  public BroadcasterException(String message, Throwable cause) {
    super(message, cause);
  }
}
