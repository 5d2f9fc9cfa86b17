package dev.belfry.session;

/** A session's state cannot be read, or not as what it was asked for as. It stays stored. */
public class UnreadableStateException extends SessionStoreException {
  private static final long serialVersionUID = 1L;

  /**
   * @param expected what it cannot be read as: a type, or JSON
   */
  public UnreadableStateException(String id, String expected, Throwable cause) {
    super(
        "The state of session %s cannot be read as %s: %s"
            .formatted(SessionIds.abbreviate(id), expected, cause.getMessage()),
        id,
        cause);
  }
}
