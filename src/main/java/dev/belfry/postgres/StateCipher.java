package dev.belfry.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.belfry.config.BelfrySettings.EncryptionKey;
import jakarta.json.JsonObject;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encrypts states, and what else there is of a session in JSON, each with a key of its own that is
 * encrypted in turn with a configured one (envelope encryption), both with AES-256-GCM. What is
 * encrypted is bound to its session: it cannot be decrypted as another's, or as another part of the
 * same.
 *
 * <p>Thread-safe. No message shows a key or a state.
 */
public final class StateCipher {

  private static final String ALGORITHM = "AES/GCM/NoPadding";

  /** 96 bits, the length that GCM is made for (NIST SP 800-38D, section 5.2.1.1). */
  private static final int NONCE_BYTES = 12;

  private static final int TAG_BITS = 128;

  private static final SecureRandom RANDOM = new SecureRandom();

  private final String currentName;
  private final Map<String, Key> keys;

  /**
   * @param keys the first encrypts, all decrypt; at least one, each of another name
   */
  public StateCipher(List<EncryptionKey> keys) {
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("keys must not be empty");
    }
    Map<String, Key> byName = new HashMap<>();
    keys.forEach(key -> byName.put(key.name(), aes(key.bytes())));
    if (byName.size() < keys.size()) {
      throw new IllegalArgumentException("keys must have a name of their own each: " + keys);
    }
    this.currentName = keys.get(0).name();
    this.keys = Map.copyOf(byName);
  }

  /** The name of the key that encrypts. */
  String currentName() {
    return currentName;
  }

  /** What of a session is encrypted. */
  enum Part {
    STATE("state"),
    NEGOTIATED("negotiated");

    private final String context;

    Part(String context) {
      this.context = context;
    }
  }

  /** Whether a part is stored encrypted, whatever with. */
  static boolean isEncrypted(JsonObject stored) {
    return StateEnvelope.isIn(stored);
  }

  /**
   * Encrypts a part of a session.
   *
   * @param storedId the id that it will be stored under
   * @param json the part
   * @return a JSON object, another one each time
   */
  String encrypt(Part part, String storedId, String json) {
    byte[] dataKey = random(EncryptionKey.LENGTH);
    try {
      return new StateEnvelope(
              currentName,
              seal(keys.get(currentName), dataKey, dataKeyContext(currentName)),
              seal(aes(dataKey), json.getBytes(UTF_8), partContext(part, storedId)))
          .toJson();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("Every Java platform has " + ALGORITHM, impossible);
    }
  }

  /**
   * Decrypts a part of a session.
   *
   * @param storedId the id that it is stored under
   * @throws DecryptionException if that is not possible
   */
  String decrypt(Part part, String storedId, JsonObject encrypted) {
    StateEnvelope envelope = StateEnvelope.of(encrypted);
    String keyName = envelope.keyName();
    Key key =
        Optional.ofNullable(keys.get(keyName))
            .orElseThrow(
                () ->
                    new DecryptionException(
                        "it is encrypted with key %s, which belfry.session.encryption-keys does not have"
                            .formatted(keyName)));
    try {
      byte[] dataKey = open(key, envelope.dataKeyBytes(), dataKeyContext(keyName));
      return new String(
          open(aes(dataKey), envelope.stateBytes(), partContext(part, storedId)), UTF_8);
    } catch (GeneralSecurityException failure) {
      throw new DecryptionException(
          "it was changed, or encrypted with another key that is also called %s, or for another session or part of it"
              .formatted(keyName),
          failure);
    }
  }

  // The nonce is random, so that replicas need not agree on it. A data key is used once; of the
  // configured keys' uses there may be 2^32 (NIST SP 800-38D, section 8.3).
  private static byte[] seal(Key key, byte[] plain, byte[] context)
      throws GeneralSecurityException {
    byte[] nonce = random(NONCE_BYTES);
    Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key, nonce, context);
    ByteBuffer sealed = ByteBuffer.allocate(NONCE_BYTES + cipher.getOutputSize(plain.length));
    cipher.doFinal(ByteBuffer.wrap(plain), sealed.put(nonce));
    return sealed.array();
  }

  private static byte[] open(Key key, byte[] sealed, byte[] context)
      throws GeneralSecurityException {
    // For what has no room for a tag the JDK has an unchecked exception of its own.
    if (sealed.length < NONCE_BYTES + TAG_BITS / Byte.SIZE) {
      throw new AEADBadTagException("Too short for a nonce and a tag");
    }
    Cipher cipher = cipher(Cipher.DECRYPT_MODE, key, sealed, context);
    return cipher.doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES);
  }

  private static Cipher cipher(int mode, Key key, byte[] nonce, byte[] context)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance(ALGORITHM);
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce, 0, NONCE_BYTES));
    cipher.updateAAD(context);
    return cipher;
  }

  private static byte[] dataKeyContext(String keyName) {
    return ("belfry data-key " + StateEnvelope.FORMAT + " " + keyName).getBytes(UTF_8);
  }

  private static byte[] partContext(Part part, String storedId) {
    return "belfry %s %d %s"
        .formatted(part.context, StateEnvelope.FORMAT, storedId)
        .getBytes(UTF_8);
  }

  private static Key aes(byte[] bytes) {
    return new SecretKeySpec(bytes, "AES");
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    RANDOM.nextBytes(bytes);
    return bytes;
  }
}
