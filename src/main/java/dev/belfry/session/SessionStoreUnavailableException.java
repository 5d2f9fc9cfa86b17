package dev.belfry.session;

/** The store's backend could not be reached or could not serve just now: worth trying again. */
public class SessionStoreUnavailableException extends SessionStoreException {
  private static final long serialVersionUID = 1L;

  public SessionStoreUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }

  /** See {@link SessionStoreException#SessionStoreException(String, String, Throwable)}. */
  public SessionStoreUnavailableException(String message, String sessionId, Throwable cause) {
    super(message, sessionId, cause);
  }

  @Override
  public boolean isRetryable() {
    return true;
  }
}
