package dev.belfry.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.security.MessageDigest;

/** Decides whether a caller may use a session. Thread-safe. */
public final class SessionGate {

  private final SessionStore store;

  public SessionGate(SessionStore store) {
    this.store = requireNonNull(store, "store");
  }

  /**
   * Admits the owner of a live session, and nobody else. Blocks on the store, and throws what
   * {@link SessionStore#find} throws.
   *
   * @param userId who asks, as the sessions' {@link Session#userId}; empty for an anonymous caller
   * @param id a valid session id
   */
  public Admission admit(String userId, String id) {
    return store
        .find(id)
        .<Admission>map(
            session ->
                owns(userId, session) ? new Admission.Granted(session) : new Admission.Forbidden())
        .orElseGet(Admission.Unknown::new);
  }

  /**
   * Admits the owner of a live session, as {@link #admit} does, and that of an expired one that
   * {@link SessionStore#revive} brings back. Blocks on the store, and throws what its {@code
   * revive} throws.
   *
   * @param userId who asks, as the sessions' {@link Session#userId}; empty for an anonymous caller
   * @param id a valid session id
   */
  public Admission admitReviving(String userId, String id) {
    Admission admission = admit(userId, id);
    return admission instanceof Admission.Unknown
        ? store.revive(id, userId).<Admission>map(Admission.Granted::new).orElse(admission)
        : admission;
  }

  // MessageDigest.isEqual takes the same time wherever the first difference is.
  private static boolean owns(String userId, Session session) {
    return MessageDigest.isEqual(userId.getBytes(UTF_8), session.userId().getBytes(UTF_8));
  }

  /** The gate's answer. */
  public sealed interface Admission {

    /** The caller owns the session. */
    record Granted(Session session) implements Admission {}

    /** There is no live session of that id. */
    record Unknown() implements Admission {}

    /** The session is another owner's. */
    record Forbidden() implements Admission {}
  }
}
