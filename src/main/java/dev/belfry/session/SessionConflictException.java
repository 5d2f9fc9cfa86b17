package dev.belfry.session;

/** The id of a session to create is taken, by a live session or by another owner's. */
public class SessionConflictException extends SessionStoreException {
  private static final long serialVersionUID = 1L;

  private final String id;

  public SessionConflictException(String id) {
    super("Session " + SessionIds.abbreviate(id) + " exists already");
    this.id = id;
  }

  /** The id that is taken, whole. */
  public String id() {
    return id;
  }
}
