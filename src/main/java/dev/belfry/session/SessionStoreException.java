package dev.belfry.session;

/**
 * A store failed to do what it was asked. The message names the operation and holds no whole id.
 */
public class SessionStoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public SessionStoreException(String message) {
    super(message);
  }

  public SessionStoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
