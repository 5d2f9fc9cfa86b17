package dev.belfry.session;

/** A change does not fit the state that a session has; the state stays as it was. */
public class StateChangeException extends SessionStoreException {
  private static final long serialVersionUID = 1L;

  /**
   * @param details what does not fit, and where
   */
  public StateChangeException(String details) {
    super(details);
  }
}
