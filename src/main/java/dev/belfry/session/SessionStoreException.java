package dev.belfry.session;

import java.util.Optional;

/**
 * A store failed to do what it was asked, and nothing was half-written. The message names the
 * operation, and of an id no more than its beginning.
 */
public class SessionStoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String sessionId;

  public SessionStoreException(String message) {
    this(message, "", null);
  }

  public SessionStoreException(String message, Throwable cause) {
    this(message, "", cause);
  }

  /**
   * @param sessionId the whole id of the session that it was about; empty if it was about no
   *     particular one
   * @param cause null if there is none
   */
  public SessionStoreException(String message, String sessionId, Throwable cause) {
    super(message, cause);
    this.sessionId = sessionId;
  }

  /** The session that it was about, by its whole id: not for logs. */
  public Optional<String> sessionId() {
    return Optional.of(sessionId).filter(id -> !id.isEmpty());
  }

  /** Whether the same call may well succeed a little later. */
  public boolean isRetryable() {
    return false;
  }
}
