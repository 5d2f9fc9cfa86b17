package dev.belfry.cluster;

/** Says why a cluster cannot start or go on; the message is complete and meant for its user. */
public final class ClusterException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what is wrong and what to do about it; never a password
   */
  public ClusterException(String message) {
    super(message);
  }

  /**
   * @param message what is wrong and what to do about it; never a password
   * @param cause what was caught
   */
  public ClusterException(String message, Throwable cause) {
    super(message, cause);
  }
}
