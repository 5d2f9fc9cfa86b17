package dev.belfry.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.servlet.http.HttpServletRequest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Principal;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Who sends a request, as the {@code userId} of sessions: a hash, so that neither a token nor a
 * name is stored.
 *
 * <p>Where the container has authenticated the caller it is the principal: a refreshed token is the
 * same owner. Otherwise it is the credential, hashed exactly as the original does.
 */
final class Owner {

  /** RFC 6750, section 2.1; the scheme's case does not matter (RFC 9110, section 11.1). */
  private static final String BEARER = "bearer ";

  private Owner() {}

  /** The owner; empty if the request is anonymous. */
  static String of(HttpServletRequest request) {
    // The prefix keeps a principal's name from passing for a token, and the reverse.
    return Optional.ofNullable(request.getUserPrincipal())
        .map(Principal::getName)
        .map(name -> sha256("principal\n" + name))
        .or(() -> credential(request).map(Owner::sha256))
        .orElse("");
  }

  private static Optional<String> credential(HttpServletRequest request) {
    return Optional.ofNullable(request.getHeader("Authorization"))
        .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
        .map(value -> value.substring(BEARER.length()).strip())
        .or(() -> Optional.ofNullable(request.getHeader("X-API-Key")).map(String::strip))
        .filter(credential -> !credential.isEmpty());
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("Every Java platform has SHA-256", impossible);
    }
  }
}
