package dev.belfry.http;

import dev.belfry.config.BelfrySettings.Anonymous;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;

/** Which callers are served at all. */
record CredentialRules(Callers callers, Anonymous anonymous, Clock clock) {

  /** Who sends a request, if that is somebody who is served. */
  Caller caller(HttpServletRequest request) throws RefusedException {
    Caller caller = callers.of(request);
    if (caller.isAnonymous() && anonymous == Anonymous.REFUSE) {
      throw new RefusedException(Refusal.CREDENTIAL_REQUIRED);
    }
    if (caller.credentialExpiry().filter(expiry -> !expiry.isAfter(clock.instant())).isPresent()) {
      throw new RefusedException(Refusal.CREDENTIAL_EXPIRED);
    }
    return caller;
  }
}
