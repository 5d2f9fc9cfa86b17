package dev.belfry.postgres;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belfry.config.BelfrySettings.EncryptionKey;
import dev.belfry.postgres.StateCipher.Part;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateCipherTest {

  private static final String ID = "dps_0123456789";
  private static final String STATE = "{\"secret\":\"swordfish\"}";

  private final StateCipher cipher = new StateCipher(List.of(key("k1", 1)));

  @ParameterizedTest
  @ValueSource(strings = {"{}", STATE, "{\"ü\":\"漢字 🎻 \\u0001\"}"})
  void decryptedIsWhatWasEncrypted(String state) {
    assertThat(cipher.decrypt(Part.STATE, ID, json(cipher.encrypt(Part.STATE, ID, state))))
        .isEqualTo(state);
  }

  @Test
  void anyTextOfAnyLengthComesBack() {
    Random random = new Random(4);
    for (int run = 0; run < 500; run++) {
      String state = text(random, random.nextInt(300));

      assertThat(cipher.decrypt(Part.STATE, ID, json(cipher.encrypt(Part.STATE, ID, state))))
          .isEqualTo(state);
    }
  }

  private static String text(Random random, int length) {
    return random
        .ints(length, 1, 0x2_0000)
        .filter(character -> character < Character.MIN_SURROGATE || character > 0xffff)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  @Test
  void encryptedIsAnObjectThatNamesTheKeyAndHidesTheState() {
    String encrypted = cipher.encrypt(Part.STATE, ID, STATE);

    JsonObject envelope = json(encrypted).getJsonObject("$belfry");
    assertThat(envelope.keySet()).containsExactly("format", "key", "data-key", "state");
    assertThat(envelope.getInt("format")).isEqualTo(1);
    assertThat(envelope.getString("key")).isEqualTo("k1");
    assertThat(bytes(envelope, "data-key")).hasSize(12 + 32 + 16);
    assertThat(bytes(envelope, "state")).hasSize(12 + STATE.length() + 16);
    assertThat(new String(bytes(envelope, "state"), ISO_8859_1)).doesNotContain("swordfish");
    assertThat(StateCipher.isEncrypted(json(encrypted))).isTrue();
  }

  @Test
  void sameStateIsNeverEncryptedTheSameWay() {
    Set<String> dataKeys = new HashSet<>();
    Set<String> states = new HashSet<>();
    for (int run = 0; run < 100; run++) {
      JsonObject envelope = json(cipher.encrypt(Part.STATE, ID, STATE)).getJsonObject("$belfry");
      dataKeys.add(envelope.getString("data-key"));
      states.add(envelope.getString("state"));
    }

    assertThat(dataKeys).hasSize(100);
    assertThat(states).hasSize(100);
  }

  @ParameterizedTest
  @ValueSource(strings = {"data-key", "state"})
  void everyChangedByteIsNoticed(String part) {
    JsonObject encrypted = json(cipher.encrypt(Part.STATE, ID, STATE));
    byte[] original = bytes(encrypted.getJsonObject("$belfry"), part);

    for (int index = 0; index < original.length; index++) {
      byte[] changed = original.clone();
      changed[index] ^= 1;
      assertNoticed(with(encrypted, part, base64(changed)));
    }
    for (int length : new int[] {0, 11, 12, 28, original.length - 1}) {
      assertNoticed(with(encrypted, part, base64(Arrays.copyOf(original, length))));
    }
  }

  private void assertNoticed(JsonObject encrypted) {
    assertThatThrownBy(() -> cipher.decrypt(Part.STATE, ID, encrypted))
        .isInstanceOf(DecryptionException.class)
        .hasMessage(
            "it was changed, or encrypted with another key that is also called k1, or for another"
                + " session or part of it");
  }

  @Test
  void partsOfAnotherSessionsStateAreNoticed() {
    JsonObject own = json(cipher.encrypt(Part.STATE, ID, STATE));
    JsonObject other = json(cipher.encrypt(Part.STATE, "another", STATE));
    JsonObject parts = other.getJsonObject("$belfry");

    assertNoticed(other);
    assertNoticed(with(own, "state", parts.getString("state")));
    assertNoticed(with(own, "data-key", parts.getString("data-key")));
  }

  @Test
  void dataKeyCannotBePassedOffAsThatOfAnotherKey() {
    StateCipher sameBytes = new StateCipher(List.of(key("k2", 1), key("k1", 1)));
    JsonObject renamed = with(json(sameBytes.encrypt(Part.STATE, ID, STATE)), "key", "k1");

    assertNoticed(renamed);
  }

  @Test
  void anotherKeyOfTheSameNameIsNoticed() {
    assertNoticed(json(new StateCipher(List.of(key("k1", 2))).encrypt(Part.STATE, ID, STATE)));
  }

  @Test
  void firstKeyEncryptsAndAllDecrypt() {
    String old = cipher.encrypt(Part.STATE, ID, STATE);
    StateCipher rotated = new StateCipher(List.of(key("k2", 2), key("k1", 1)));

    assertThat(rotated.decrypt(Part.STATE, ID, json(old))).isEqualTo(STATE);
    JsonObject rewritten = json(rotated.encrypt(Part.STATE, ID, STATE));
    assertThat(rewritten.getJsonObject("$belfry").getString("key")).isEqualTo("k2");
    assertThat(new StateCipher(List.of(key("k2", 2))).decrypt(Part.STATE, ID, rewritten))
        .isEqualTo(STATE);
  }

  @Test
  void removedKeyIsNamed() {
    JsonObject old = json(cipher.encrypt(Part.STATE, ID, STATE));

    assertThatThrownBy(() -> new StateCipher(List.of(key("k2", 2))).decrypt(Part.STATE, ID, old))
        .isInstanceOf(DecryptionException.class)
        .hasMessage(
            "it is encrypted with key k1, which belfry.session.encryption-keys does not have");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"$belfry\":null}",
        "{\"$belfry\":[]}",
        "{\"$belfry\":{}}",
        "{\"$belfry\":{\"key\":\"k1\",\"data-key\":\"AA==\",\"state\":\"AA==\"}}",
        "{\"$belfry\":{\"format\":\"1\",\"key\":\"k1\",\"data-key\":\"AA==\",\"state\":\"AA==\"}}",
        "{\"$belfry\":{\"format\":1,\"key\":1,\"data-key\":\"AA==\",\"state\":\"AA==\"}}",
        "{\"$belfry\":{\"format\":1,\"key\":\"swordfish!\",\"data-key\":\"AA==\",\"state\":\"AA\"}}",
        "{\"$belfry\":{\"format\":1,\"key\":\"k1\",\"data-key\":\"swordfish!\",\"state\":\"AA==\"}}",
        "{\"$belfry\":{\"format\":1,\"key\":\"k1\",\"data-key\":\"AA==\"}}",
      })
  void whatIsNoEnvelopeIsRefusedAndNotShown(String stored) {
    assertMalformed(json(stored));
  }

  @Test
  void stateThatIsNoBase64IsRefusedAndNotShown() {
    assertMalformed(with(json(cipher.encrypt(Part.STATE, ID, STATE)), "state", "swordfish!"));
  }

  @Test
  void memberThatSomebodyAddedIsNotLost() {
    JsonObject encrypted = json(cipher.encrypt(Part.STATE, ID, STATE));

    assertMalformed(Json.createObjectBuilder(encrypted).add("added", "swordfish").build());
  }

  private void assertMalformed(JsonObject stored) {
    assertThatThrownBy(() -> cipher.decrypt(Part.STATE, ID, stored))
        .isInstanceOf(DecryptionException.class)
        .hasMessage(
            "its member $belfry is not as Belfry writes it, or not the only one: another program"
                + " has changed it")
        .satisfies(refusal -> assertThat(stackTrace(refusal)).doesNotContain("swordfish"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"2", "1.5", "0"})
  void otherFormatIsNamedAsSuch(String format) {
    JsonObject later = json("{\"$belfry\":{\"format\":%s,\"key\":\"k1\"}}".formatted(format));

    assertThatThrownBy(() -> cipher.decrypt(Part.STATE, ID, later))
        .isInstanceOf(DecryptionException.class)
        .hasMessage("it is encrypted in a format that this version of Belfry does not know");
  }

  @Test
  void manyThreadsEncryptAndDecrypt() {
    assertThat(
            IntStream.range(0, 2_000)
                .parallel()
                .mapToObj(
                    run ->
                        cipher.decrypt(
                            Part.STATE,
                            "id" + run,
                            json(cipher.encrypt(Part.STATE, "id" + run, "{}"))))
                .distinct())
        .containsExactly("{}");
  }

  @Test
  void keysAreNeeded() {
    assertThatThrownBy(() -> new StateCipher(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("keys must not be empty");
  }

  @Test
  void keysOfTheSameNameAreRefused() {
    assertThatThrownBy(() -> new StateCipher(List.of(key("k1", 1), key("k1", 2))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "keys must have a name of their own each: [EncryptionKey[k1], EncryptionKey[k1]]");
  }

  private static String stackTrace(Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  private static EncryptionKey key(String name, int filling) {
    byte[] bytes = new byte[EncryptionKey.LENGTH];
    Arrays.fill(bytes, (byte) filling);
    return new EncryptionKey(name, bytes);
  }

  private static JsonObject json(String text) {
    try (JsonReader reader = Json.createReader(new StringReader(text))) {
      return reader.readObject();
    }
  }

  private static JsonObject with(JsonObject encrypted, String member, String text) {
    JsonValue envelope =
        Json.createObjectBuilder(encrypted.getJsonObject("$belfry")).add(member, text).build();
    return Json.createObjectBuilder().add("$belfry", envelope).build();
  }

  private static byte[] bytes(JsonObject envelope, String part) {
    return Base64.getDecoder().decode(envelope.getString(part));
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
