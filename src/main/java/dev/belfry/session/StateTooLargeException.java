package dev.belfry.session;

/** A session's state would become larger than is allowed; it stays as it was. */
public class StateTooLargeException extends SessionStoreException {
  private static final long serialVersionUID = 1L;

  /**
   * @param bytes what the state would take as JSON in UTF-8
   * @param limit what it may take
   */
  public StateTooLargeException(String id, long bytes, int limit) {
    super(
        "The state of session %s would take %d bytes; the limit is %d"
            .formatted(SessionIds.abbreviate(id), bytes, limit),
        id,
        null);
  }
}
