package dev.belfry.event;

/**
 * The broadcaster's backend could not be reached or could not serve just now: worth trying again.
 */
public class BroadcasterUnavailableException extends BroadcasterException {
  private static final long serialVersionUID = 1L;

  public BroadcasterUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
