package dev.belfry.session;

import static java.util.Objects.requireNonNull;

import java.security.SecureRandom;
import java.util.Base64;

/**
 * The rules for session ids: 1 to {@value #MAX_LENGTH} visible ASCII characters, as the MCP
 * specification asks of {@code Mcp-Session-Id} (revision 2025-11-25, Transports, Session
 * Management).
 */
public final class SessionIds {

  /** The longest id, in characters. */
  public static final int MAX_LENGTH = 128;

  /** 192 bits: guessing is hopeless, and Base64 needs no padding. */
  private static final int RANDOM_BYTES = 24;

  private static final int SHOWN_CHARACTERS = 6;

  private static final SecureRandom RANDOM = new SecureRandom();

  private SessionIds() {}

  /** Returns a new id of 192 random bits, in characters that need no escaping anywhere. */
  public static String mint() {
    byte[] bytes = new byte[RANDOM_BYTES];
    RANDOM.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** Whether {@code id} keeps the rules. */
  public static boolean isValid(String id) {
    return !id.isEmpty()
        && id.length() <= MAX_LENGTH
        && id.chars().allMatch(character -> character > ' ' && character <= '~');
  }

  /**
   * Returns {@code id}.
   *
   * @throws IllegalArgumentException if it breaks the rules; the message does not repeat it
   */
  public static String requireValid(String id) {
    if (!isValid(requireNonNull(id, "id"))) {
      throw new IllegalArgumentException(
          "A session id is 1 to %d visible ASCII characters; this one has %d characters%s"
              .formatted(
                  MAX_LENGTH,
                  id.length(),
                  id.length() > MAX_LENGTH || id.isEmpty()
                      ? ""
                      : ", some of them not visible ASCII"));
    }
    return id;
  }

  /** The beginning of an id, for logs and messages: enough to find it, too little to use it. */
  public static String abbreviate(String id) {
    String shown = id.substring(0, Math.min(SHOWN_CHARACTERS, id.length() / 2));
    return shown.replaceAll("[^!-~]", "?") + "…";
  }
}
