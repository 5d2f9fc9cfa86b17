package dev.belfry.session;

/**
 * Something happened to a session. In a container it is a CDI event on every replica, at most once
 * each: {@code @Observes SessionExpired}. Observers must not block.
 */
public sealed interface SessionEvent
    permits SessionCreated, SessionDeleted, SessionExpired, SessionRevived, SessionRotated {

  /** Which session; where ids are hashed at rest, its {@link SessionIds#fingerprint}. */
  String sessionId();

  /** Its owner; empty for an anonymous session. */
  String userId();
}
