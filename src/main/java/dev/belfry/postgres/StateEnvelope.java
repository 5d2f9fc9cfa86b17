package dev.belfry.postgres;

import dev.belfry.config.BelfrySettings.EncryptionKey;
import dev.belfry.session.StateRules;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import java.math.BigDecimal;
import java.util.Base64;
import java.util.Optional;

/**
 * An encrypted state, or another part of a session, as it is stored: a JSON object with one member,
 * {@link StateRules#RESERVED_MEMBER}, so that whoever else reads the column finds an object there.
 *
 * @param keyName which key the data key is encrypted with
 * @param dataKey the key of this part, encrypted, in Base64
 * @param state the part, encrypted, in Base64
 */
record StateEnvelope(String keyName, String dataKey, String state) {

  static final int FORMAT = 1;

  private static final String MALFORMED =
      "its member %s is not as Belfry writes it, or not the only one: another program has changed it"
          .formatted(StateRules.RESERVED_MEMBER);

  StateEnvelope(String keyName, byte[] dataKey, byte[] state) {
    this(
        keyName,
        Base64.getEncoder().encodeToString(dataKey),
        Base64.getEncoder().encodeToString(state));
  }

  /** Whether an object is meant to be an envelope, also if it is a damaged one. */
  static boolean isIn(JsonObject stored) {
    return stored.containsKey(StateRules.RESERVED_MEMBER);
  }

  /**
   * Reads what is stored, and decrypts nothing.
   *
   * @throws DecryptionException if it is no envelope, or one of another format
   */
  static StateEnvelope of(JsonObject stored) {
    if (stored.size() != 1
        || !(stored.get(StateRules.RESERVED_MEMBER) instanceof JsonObject envelope)
        || !(envelope.get("format") instanceof JsonNumber format)) {
      throw malformed();
    }
    if (format.bigDecimalValue().compareTo(BigDecimal.valueOf(FORMAT)) != 0) {
      throw new DecryptionException(
          "it is encrypted in a format that this version of Belfry does not know");
    }
    // A name that is none is not shown: another writer may have put anything there.
    String keyName =
        text(envelope, "key").filter(EncryptionKey::isName).orElseThrow(StateEnvelope::malformed);
    return new StateEnvelope(
        keyName,
        text(envelope, "data-key").orElseThrow(StateEnvelope::malformed),
        text(envelope, "state").orElseThrow(StateEnvelope::malformed));
  }

  private static Optional<String> text(JsonObject envelope, String member) {
    return envelope.get(member) instanceof JsonString text
        ? Optional.of(text.getString())
        : Optional.empty();
  }

  /**
   * The key of this state, encrypted.
   *
   * @throws DecryptionException if it is no Base64
   */
  byte[] dataKeyBytes() {
    return decode(dataKey);
  }

  /**
   * The state, encrypted.
   *
   * @throws DecryptionException if it is no Base64
   */
  byte[] stateBytes() {
    return decode(state);
  }

  private static byte[] decode(String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException notBase64) {
      throw new DecryptionException(MALFORMED, notBase64);
    }
  }

  /** As JSON. Nothing in it needs to be escaped. */
  String toJson() {
    return "{\"%s\":{\"format\":%d,\"key\":\"%s\",\"data-key\":\"%s\",\"state\":\"%s\"}}"
        .formatted(StateRules.RESERVED_MEMBER, FORMAT, keyName, dataKey, state);
  }

  private static DecryptionException malformed() {
    return new DecryptionException(MALFORMED);
  }
}
