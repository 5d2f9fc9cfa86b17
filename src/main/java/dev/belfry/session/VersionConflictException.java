package dev.belfry.session;

/** A session's state was changed by somebody else since it was read. */
public class VersionConflictException extends SessionStoreException {
  private static final long serialVersionUID = 1L;

  public VersionConflictException(String id, String details) {
    super("Session " + SessionIds.abbreviate(id) + " was changed meanwhile: " + details, id, null);
  }

  /** Read the session again first: the same call with the same version fails again. */
  @Override
  public boolean isRetryable() {
    return false;
  }
}
