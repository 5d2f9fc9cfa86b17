package dev.belfry.event;

/** The broadcaster was closed before the event was published. */
public class BroadcasterClosedException extends BroadcasterException {
  private static final long serialVersionUID = 1L;

  public BroadcasterClosedException() {
    super("The broadcaster is closed; the event was not published");
  }
}
