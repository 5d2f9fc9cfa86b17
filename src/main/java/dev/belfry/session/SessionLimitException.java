package dev.belfry.session;

/** A user has as many live sessions as one may have, and the rule is to refuse another. */
public class SessionLimitException extends SessionStoreException {
  private static final long serialVersionUID = 1L;

  public SessionLimitException(String id, int limit) {
    super("The user has %d live sessions already, which is the limit".formatted(limit), id, null);
  }
}
