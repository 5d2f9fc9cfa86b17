package dev.belfry.session;

/** A session's state cannot be read, or not as what it was asked for as. It stays stored. */
public class UnreadableStateException extends SessionStoreException {
  private static final long serialVersionUID = 1L;

  /**
   * @param expected what it cannot be read as: a type, or JSON
   * @param cause not repeated in the message: it may quote what is stored
   */
  public UnreadableStateException(String id, String expected, Throwable cause) {
    this(id, expected, "", cause);
  }

  /**
   * @param expected what it cannot be read as: a type, or JSON
   * @param reason without anything of what is stored; empty if it is not known
   */
  public UnreadableStateException(String id, String expected, String reason, Throwable cause) {
    super(
        "The state of session %s cannot be read as %s%s"
            .formatted(SessionIds.abbreviate(id), expected, reason.isEmpty() ? "" : ": " + reason),
        id,
        cause);
  }
}
