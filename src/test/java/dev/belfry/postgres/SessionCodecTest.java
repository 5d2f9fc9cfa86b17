package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belfry.config.BelfrySettings.EncryptionKey;
import dev.belfry.session.SessionIds;
import dev.belfry.session.UnreadableStateException;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SessionCodecTest {

  private static final SessionCodec HASHING = new SessionCodec(true, Optional.empty());
  private static final SessionCodec ENCRYPTING = encrypting("k1");

  private static final String ID = "dps_0123456789";
  private static final JsonObject STATE =
      Json.createObjectBuilder().add("secret", "swordfish").build();

  static List<SessionCodec> codecs() {
    return List.of(SessionCodec.PLAIN, ENCRYPTING);
  }

  @Test
  void plainIdIsStoredAsItIs() {
    assertThat(SessionCodec.PLAIN.storedId(ID)).isEqualTo(ID);
    assertThat(SessionCodec.PLAIN.lookupId(ID)).contains(ID);
    assertThat(SessionCodec.PLAIN.newId(ID)).isEqualTo(ID);
  }

  @Test
  void whatWasHashedOnceIsNoKeyWhenIdsAreHashedNoMore() {
    String fingerprint = SessionIds.fingerprint(ID);

    assertThat(SessionCodec.PLAIN.storedId(fingerprint)).isEqualTo(fingerprint);
    assertThat(SessionCodec.PLAIN.lookupId(fingerprint)).isEmpty();
    assertThatThrownBy(() -> SessionCodec.PLAIN.newId(fingerprint))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void hashedIdIsStoredAsItsFingerprint() {
    String fingerprint = SessionIds.fingerprint(ID);

    assertThat(HASHING.storedId(ID)).isEqualTo(fingerprint);
    assertThat(HASHING.lookupId(ID)).contains(fingerprint);
    assertThat(HASHING.newId(ID)).isEqualTo(fingerprint);
  }

  @Test
  void fingerprintIsGoodForDeletingOnly() {
    String fingerprint = SessionIds.fingerprint(ID);

    assertThat(HASHING.storedId(fingerprint)).isEqualTo(fingerprint);
    assertThat(HASHING.lookupId(fingerprint)).isEmpty();
    assertThatThrownBy(() -> HASHING.newId(fingerprint))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("A new session's id must not look like the hash of an id; use another");
  }

  @ParameterizedTest
  @MethodSource("codecs")
  void anyStateComesBack(SessionCodec codec) {
    Random random = new Random(4);
    for (int run = 0; run < 500; run++) {
      JsonObject state = object(random, 4);

      assertThat(codec.decode(ID, codec.encode(ID, state))).isEqualTo(state);
    }
  }

  @ParameterizedTest
  @MethodSource("codecs")
  void whatWasNegotiatedComesBack(SessionCodec codec) {
    assertThat(codec.decodeNegotiated(ID, codec.encodeNegotiated(ID, STATE))).isEqualTo(STATE);
  }

  @Test
  void whatWasNegotiatedIsEncryptedUnlessItIsNothing() {
    assertThat(ENCRYPTING.encodeNegotiated(ID, STATE))
        .startsWith("{\"$belfry\":{")
        .doesNotContain("secret", "swordfish");
    assertThat(ENCRYPTING.encodeNegotiated(ID, JsonValue.EMPTY_JSON_OBJECT)).isEqualTo("{}");
  }

  @ParameterizedTest
  @MethodSource("codecs")
  void largeStateComesBack(SessionCodec codec) {
    JsonObject state = Json.createObjectBuilder().add("text", "ü漢🎻\"\\\n".repeat(100_000)).build();

    assertThat(codec.decode(ID, codec.encode(ID, state))).isEqualTo(state);
  }

  @Test
  void encryptedStateIsAnObjectThatDoesNotShowIt() {
    String stored = ENCRYPTING.encode(ID, STATE);

    assertThat(stored).startsWith("{\"$belfry\":{").doesNotContain("secret", "swordfish");
    assertThat(ENCRYPTING.encrypts()).isTrue();
    assertThat(SessionCodec.PLAIN.encrypts()).isFalse();
  }

  @Test
  void plainStateStaysReadableWhenEncryptionIsSwitchedOn() {
    assertThat(ENCRYPTING.decode(ID, SessionCodec.PLAIN.encode(ID, STATE))).isEqualTo(STATE);
  }

  @ParameterizedTest
  @MethodSource("codecs")
  void whatIsNoObjectIsAnEmptyState(SessionCodec codec) {
    assertThat(List.of("null", "[{\"a\":1}]", "1", "\"text\""))
        .allSatisfy(
            stored -> assertThat(codec.decode(ID, stored)).isEqualTo(JsonValue.EMPTY_JSON_OBJECT));
  }

  @Test
  void encryptedStateWithoutKeysSaysWhatIsMissing() {
    String stored = ENCRYPTING.encode(ID, STATE);

    assertThatThrownBy(() -> SessionCodec.PLAIN.decode(ID, stored))
        .isInstanceOf(UnreadableStateException.class)
        .hasMessage(
            "The state of session dps_01… cannot be read as JSON: it is encrypted with key k1, and"
                + " belfry.session.encryption-keys is empty");
  }

  @Test
  void encryptedStateWithoutItsKeySaysWhatIsMissing() {
    String stored = ENCRYPTING.encode(ID, STATE);

    assertThatThrownBy(() -> encrypting("k2").decode(ID, stored))
        .isInstanceOf(UnreadableStateException.class)
        .hasMessage(
            "The state of session dps_01… cannot be read as JSON: it is encrypted with key k1,"
                + " which belfry.session.encryption-keys does not have");
  }

  @Test
  void stateOfAnotherSessionIsNotShown() {
    String stored = ENCRYPTING.encode("another", STATE);

    assertThatThrownBy(() -> ENCRYPTING.decode(ID, stored))
        .isInstanceOf(UnreadableStateException.class)
        .hasMessageContaining("dps_01… cannot be read as JSON: it was changed, or encrypted with");
  }

  @Test
  void stateIsBoundToTheStoredIdNotToThePlainOne() {
    SessionCodec both = new SessionCodec(true, Optional.of(new StateCipher(List.of(key("k1")))));
    String storedId = both.newId(ID);

    assertThat(both.decode(both.lookupId(ID).orElseThrow(), both.encode(storedId, STATE)))
        .isEqualTo(STATE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"$belfry\":\"mine\"}", "{\"$belfry\":{\"a\":1}}"})
  void reservedMemberOfAnotherWriterIsNoPlainState(String stored) {
    for (SessionCodec codec : codecs()) {
      assertThatThrownBy(() -> codec.decode(ID, stored))
          .isInstanceOf(UnreadableStateException.class)
          .hasMessageContaining("its member $belfry is not as Belfry writes it");
    }
  }

  @Test
  void stateNestedTooDeeplyCannotBeRead() {
    String stored = "{\"a\":".repeat(2_000) + "1" + "}".repeat(2_000);

    assertThatThrownBy(() -> SessionCodec.PLAIN.decode(ID, stored))
        .isInstanceOf(UnreadableStateException.class)
        .hasMessageStartingWith("The state of session dps_01… cannot be read as JSON: ");
  }

  private static JsonObject object(Random random, int depth) {
    JsonObjectBuilder object = Json.createObjectBuilder();
    for (int count = random.nextInt(4); count > 0; count--) {
      object.add(text(random), value(random, depth - 1));
    }
    return object.build();
  }

  private static JsonValue value(Random random, int depth) {
    return switch (random.nextInt(depth > 0 ? 7 : 5)) {
      case 0 -> JsonValue.NULL;
      case 1 -> JsonValue.TRUE;
      case 2 -> JsonValue.FALSE;
      case 3 -> Json.createValue(text(random));
      case 4 ->
          Json.createValue(new BigDecimal(new BigInteger(80, random), random.nextInt(-20, 20)));
      case 5 -> object(random, depth);
      default -> {
        JsonArrayBuilder array = Json.createArrayBuilder();
        for (int count = random.nextInt(4); count > 0; count--) {
          array.add(value(random, depth - 1));
        }
        yield array.build();
      }
    };
  }

  private static String text(Random random) {
    return random
        .ints(random.nextInt(12), 1, 0x2_0000)
        .filter(character -> character < Character.MIN_SURROGATE || character > 0xffff)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static SessionCodec encrypting(String keyName) {
    return new SessionCodec(false, Optional.of(new StateCipher(List.of(key(keyName)))));
  }

  private static EncryptionKey key(String name) {
    return new EncryptionKey(name, new byte[EncryptionKey.LENGTH]);
  }
}
