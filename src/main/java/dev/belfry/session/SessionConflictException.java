package dev.belfry.session;

/**
 * The id of a session to create is taken: by a live session, by another owner's, or by one that was
 * deleted not long ago.
 */
public class SessionConflictException extends SessionStoreException {
  private static final long serialVersionUID = 1L;

  public SessionConflictException(String id) {
    super("Session " + SessionIds.abbreviate(id) + " exists already", id, null);
  }
}
