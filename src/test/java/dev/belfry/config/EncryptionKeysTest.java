package dev.belfry.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.belfry.config.BelfrySettings.EncryptionKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EncryptionKeysTest {

  private static final String KEY = "belfry.session.encryption-keys";

  private static final String FIRST = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
  private static final String SECOND = "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=";

  @Test
  void keysAreReadInTheirOrder() {
    List<EncryptionKey> keys = keys("k2:" + SECOND + " , k1:" + FIRST);

    assertThat(keys).containsExactly(key("k2", SECOND), key("k1", FIRST));
  }

  @Test
  void emptyMeansNone() {
    assertThat(keys("")).isEmpty();
    assertThat(keys("  ")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        FIRST,
        ":" + FIRST,
        "k1:" + FIRST + ",k1:" + SECOND,
        "k1:" + FIRST + ",",
        "k1:" + FIRST + ",k2:",
        "k1:" + FIRST + ",k2",
        "k1:" + FIRST + ":" + SECOND,
        "k 1:" + FIRST,
        "ä:" + FIRST,
        "a-name-that-is-longer-than-it-may-:" + FIRST,
        "k1:q83vEjRWeJCrze8SNFZ4kA==", // 128 bits
        "k1:q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJAA", // 264 bits
        "k1:!83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=",
        "k1:q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ-83vEjRWeJA=", // The URL's alphabet
        ",",
      })
  void whatIsNoKeyIsRefusedAndNotShown(String value) {
    InvalidSettingsException refusal =
        catchThrowableOfType(InvalidSettingsException.class, () -> keys(value));

    assertThat(refusal)
        .hasMessageContaining(KEY + " = (not shown): must be empty for none, or keys like")
        .hasNoCause();
    assertThat(refusal.toString())
        .doesNotContain("83vEjRWe", "8SNFZ4k", "79/Pv6", "/u7ezr", "longer-than");
  }

  @Test
  void problemDoesNotShowItselfEither() {
    assertThat(
            new InvalidSettingsException.Problem(Setting.SESSION_ENCRYPTION_KEYS, "k1:abcdefgh")
                .toString())
        .doesNotContain("k1", "abcdefgh");
  }

  @Test
  void settingsDoNotShowKeys() {
    BelfrySettings settings = Settings.with(Map.of(KEY, "k1:" + FIRST));
    byte[] bytes = Base64.getDecoder().decode(FIRST);

    assertThat(settings.toString())
        .contains("EncryptionKey[k1]")
        .doesNotContain(FIRST, Arrays.toString(bytes), "[B@");
  }

  @Test
  void keyCannotBeChanged() {
    byte[] bytes = Base64.getDecoder().decode(FIRST);
    EncryptionKey key = new EncryptionKey("k1", bytes);

    Arrays.fill(bytes, (byte) 0);
    Arrays.fill(key.bytes(), (byte) 0);

    assertThat(key).isEqualTo(key("k1", FIRST));
  }

  @Test
  void keyOfAnotherLengthIsRefused() {
    assertThatThrownBy(() -> new EncryptionKey("k1", new byte[16]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("bytes must be 32; those of key k1 are 16");
  }

  @ParameterizedTest
  @ValueSource(strings = {"k1:" + FIRST, "no key"})
  void indexedAttributesAreRefusedWithKeys(String keys) {
    assertThatThrownBy(
            () -> Settings.with(Map.of(KEY, keys, "belfry.session.indexed-attributes", "/cart/id")))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("belfry.session.indexed-attributes = '/cart/id': must be ")
        .hasMessageContaining("empty for none, as it has to be with " + KEY);
  }

  private static List<EncryptionKey> keys(String value) {
    return Settings.with(Map.of(KEY, value)).session().atRest().encryptionKeys();
  }

  private static EncryptionKey key(String name, String base64) {
    return new EncryptionKey(name, Base64.getDecoder().decode(base64));
  }
}
