package dev.belfry.http;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;

/**
 * Who sends a request.
 *
 * @param userId as the owner of sessions; empty if nobody knows
 * @param credentialExpiry from when the credential is no longer good: no stream lasts longer; empty
 *     if that is not known
 */
public record Caller(String userId, Optional<Instant> credentialExpiry) {

  /** Somebody without a credential. */
  public static final Caller ANONYMOUS = new Caller("", Optional.empty());

  public Caller {
    requireNonNull(userId, "userId");
    requireNonNull(credentialExpiry, "credentialExpiry");
  }

  boolean isAnonymous() {
    return userId.isEmpty();
  }
}
