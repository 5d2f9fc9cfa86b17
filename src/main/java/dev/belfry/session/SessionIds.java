package dev.belfry.session;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

  /** What an id may begin with that says what it is for, and is not secret: {@code dps_}. */
  private static final Pattern PREFIX = Pattern.compile("[a-z]{1,4}_");

  private static final Pattern FINGERPRINT =
      Pattern.compile("(" + PREFIX + ")?sha256:[A-Za-z0-9_-]{43}");

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

  /**
   * What stands for an id where it must not be known: its prefix, if it has one of at most four
   * letters and an underscore, and the SHA-256 of the whole. A fingerprint's own is itself.
   *
   * @param id a valid id
   */
  public static String fingerprint(String id) {
    if (isFingerprint(requireValid(id))) {
      return id;
    }
    Matcher prefix = PREFIX.matcher(id);
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(id.getBytes(US_ASCII));
      return (prefix.lookingAt() ? prefix.group() : "")
          + "sha256:"
          + Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("Every Java platform has SHA-256", impossible);
    }
  }

  /** Whether this is a fingerprint, and no id that somebody could have been given. */
  public static boolean isFingerprint(String id) {
    return FINGERPRINT.matcher(id).matches();
  }

  /** Whether all ids that begin so have fingerprints that begin so, and no others have. */
  public static boolean isFingerprintPrefix(String idPrefix) {
    return idPrefix.isEmpty() || PREFIX.matcher(idPrefix).matches();
  }

  /** The beginning of an id, for logs and messages: enough to find it, too little to use it. */
  public static String abbreviate(String id) {
    int common = isFingerprint(id) ? id.indexOf(':') + 1 : 0; // What all of them have.
    String shown = id.substring(0, common + Math.min(SHOWN_CHARACTERS, (id.length() - common) / 2));
    return shown.replaceAll("[^!-~]", "?") + "…";
  }
}
