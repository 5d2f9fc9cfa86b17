package dev.belfry.postgres;

import dev.belfry.postgres.StateCipher.Part;
import dev.belfry.session.SessionIds;
import dev.belfry.session.UnreadableStateException;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonReaderFactory;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.util.Map;
import java.util.Optional;

/** How ids, states and what was negotiated are stored. Thread-safe. */
public final class SessionCodec {

  /** As they are, as the original reads them. */
  public static final SessionCodec PLAIN = new SessionCodec(false, Optional.empty());

  /** Kept, because to find the JSON provider anew takes longer than to read a session. */
  private static final JsonReaderFactory READERS = Json.createReaderFactory(Map.of());

  private final boolean hashIds;
  private final Optional<StateCipher> cipher;

  /**
   * A codec.
   *
   * @param hashIds whether the fingerprint of an id is stored instead of it
   * @param cipher encrypts states and what was negotiated; empty if they are stored as they are
   */
  public SessionCodec(boolean hashIds, Optional<StateCipher> cipher) {
    this.hashIds = hashIds;
    this.cipher = cipher;
  }

  /** Whether the fingerprint of an id is stored instead of it. */
  boolean hashesIds() {
    return hashIds;
  }

  /** Whether SQL cannot look into a state. */
  boolean encrypts() {
    return cipher.isPresent();
  }

  /**
   * What is stored of an id. Where ids are hashed, a fingerprint is its own: sessions can be
   * deleted by what listings give.
   *
   * @param id a valid id
   */
  String storedId(String id) {
    return hashIds ? SessionIds.fingerprint(id) : id;
  }

  /**
   * What is stored of an id that somebody presents as theirs. Of a fingerprint nothing is: who has
   * read it in the table must not get into the session with it, also when ids are hashed no more.
   *
   * @param id a valid id
   */
  Optional<String> lookupId(String id) {
    return isFingerprintOnly(id) ? Optional.empty() : Optional.of(storedId(id));
  }

  /**
   * What is stored of a new session's id.
   *
   * @param id a valid id
   * @throws IllegalArgumentException if it looks like the hash of one: nobody could get into the
   *     session
   */
  String newId(String id) {
    return lookupId(id)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "A new session's id must not look like the hash of an id; use another"));
  }

  private boolean isFingerprintOnly(String id) {
    return SessionIds.isFingerprint(id);
  }

  /**
   * What is stored of a state, as JSON: an object.
   *
   * @param storedId what is stored of its session's id; a state that is encrypted can be read under
   *     no other
   */
  String encode(String storedId, JsonObject state) {
    return encode(Part.STATE, storedId, state);
  }

  /**
   * The same, for what was negotiated. That nothing was need not be hidden: it is stored as any
   * other writer's session has it.
   */
  String encodeNegotiated(String storedId, JsonObject negotiated) {
    return negotiated.isEmpty()
        ? negotiated.toString()
        : encode(Part.NEGOTIATED, storedId, negotiated);
  }

  /** The name of the key that encrypts; empty if none does. */
  Optional<String> keyName() {
    return cipher.map(StateCipher::currentName);
  }

  private String encode(Part part, String storedId, JsonObject json) {
    return cipher
        .map(present -> present.encrypt(part, storedId, json.toString()))
        .orElseGet(json::toString);
  }

  /**
   * Reads what is stored of a state.
   *
   * @throws UnreadableStateException if that is not possible
   */
  JsonObject decode(String storedId, String stored) {
    return decode(Part.STATE, storedId, stored);
  }

  /** The same, for what was negotiated. */
  JsonObject decodeNegotiated(String storedId, String stored) {
    return decode(Part.NEGOTIATED, storedId, stored);
  }

  private JsonObject decode(Part part, String storedId, String stored) {
    try {
      JsonValue value = parse(stored);
      // The original stores JSON null for a session without state, and its merges make arrays of
      // it.
      JsonObject object = value instanceof JsonObject json ? json : JsonValue.EMPTY_JSON_OBJECT;
      return StateCipher.isEncrypted(object) ? decrypt(part, storedId, object) : object;
    } catch (DecryptionException undecipherable) {
      throw unreadable(part, storedId, undecipherable.getMessage(), undecipherable);
    } catch (RuntimeException malformed) {
      // Another writer has nested so deeply that the reader gives up, for which Parsson has no
      // type.
      throw unreadable(
          part, storedId, "it is nested too deeply, or has a number that is too long", malformed);
    }
  }

  private static UnreadableStateException unreadable(
      Part part, String storedId, String reason, RuntimeException cause) {
    return new UnreadableStateException(
        storedId, part == Part.STATE ? "JSON" : "JSON, with what was negotiated", reason, cause);
  }

  private JsonObject decrypt(Part part, String storedId, JsonObject encrypted) {
    StateCipher present =
        cipher.orElseThrow(
            () ->
                new DecryptionException(
                    "it is encrypted with key %s, and belfry.session.encryption-keys is empty"
                        .formatted(StateEnvelope.of(encrypted).keyName())));
    return parse(present.decrypt(part, storedId, encrypted)).asJsonObject();
  }

  private static JsonValue parse(String json) {
    try (JsonReader reader = READERS.createReader(new StringReader(json))) {
      return reader.readValue();
    }
  }
}
