package dev.belfry.http;

import java.security.Principal;
import java.time.Instant;
import java.util.Optional;
import org.eclipse.microprofile.jwt.Claims;
import org.eclipse.microprofile.jwt.JsonWebToken;

/**
 * Callers that MicroProfile JWT has authenticated. A class of its own: servers without MicroProfile
 * JWT must not come to load it.
 */
final class TokenCaller {

  private TokenCaller() {}

  /**
   * The owner of a token is whom its issuer says it is about.
   *
   * @return empty if the principal is no token, or one without issuer or subject
   */
  static Optional<Caller> of(Principal principal) {
    return principal instanceof JsonWebToken token
        ? text(token, Claims.iss)
            .flatMap(
                issuer ->
                    text(token, Claims.sub)
                        .map(subject -> new Caller(owner(issuer, subject), expiry(token))))
        : Optional.empty();
  }

  // With its length the issuer ends where it ends, whatever is in it.
  private static String owner(String issuer, String subject) {
    return OwnerHash.of("token\n%d\n%s\n%s".formatted(issuer.length(), issuer, subject));
  }

  private static Optional<String> text(JsonWebToken token, Claims claim) {
    return token.<Object>claim(claim).map(Object::toString).filter(text -> !text.isEmpty());
  }

  private static Optional<Instant> expiry(JsonWebToken token) {
    return token
        .<Object>claim(Claims.exp)
        .filter(Number.class::isInstance)
        .map(seconds -> Instant.ofEpochSecond(((Number) seconds).longValue()));
  }
}
