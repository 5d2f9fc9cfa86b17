package dev.belfry.session;

/** The store's backend could not be reached or could not serve just now: worth trying again. */
public class SessionStoreUnavailableException extends SessionStoreException {
  private static final long serialVersionUID = 1L;

  public SessionStoreUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
