package dev.belfry.http;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.servlet.http.HttpServletRequest;
import java.security.Principal;
import java.util.Optional;

/**
 * Where the container has authenticated the caller, it is the principal: a refreshed token is the
 * same owner. Otherwise it is the credential, hashed exactly as the original does.
 */
@ApplicationScoped
class ContainerCallers implements Callers {

  /** RFC 6750, section 2.1; the scheme's case does not matter (RFC 9110, section 11.1). */
  private static final String BEARER = "bearer ";

  /** A server without MicroProfile JWT has no such class, and then no such principals. */
  private static final boolean TOKENS = isPresent("org.eclipse.microprofile.jwt.JsonWebToken");

  private static boolean isPresent(String type) {
    try {
      Class.forName(type, false, ContainerCallers.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException ignored) {
      return false;
    }
  }

  @Override
  public Caller of(HttpServletRequest request) {
    return Optional.ofNullable(request.getUserPrincipal())
        .map(ContainerCallers::of)
        .or(() -> credential(request).map(ContainerCallers::withCredential))
        .orElse(Caller.ANONYMOUS);
  }

  private static Caller of(Principal principal) {
    // The prefix keeps a principal's name from passing for a token, and the reverse.
    return (TOKENS ? TokenCaller.of(principal) : Optional.<Caller>empty())
        .orElseGet(
            () -> new Caller(OwnerHash.of("principal\n" + principal.getName()), Optional.empty()));
  }

  private static Caller withCredential(String credential) {
    return new Caller(OwnerHash.of(credential), Optional.empty());
  }

  private static Optional<String> credential(HttpServletRequest request) {
    return Optional.ofNullable(request.getHeader("Authorization"))
        .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
        .map(value -> value.substring(BEARER.length()).strip())
        .or(() -> Optional.ofNullable(request.getHeader("X-API-Key")).map(String::strip))
        .filter(credential -> !credential.isEmpty());
  }
}
