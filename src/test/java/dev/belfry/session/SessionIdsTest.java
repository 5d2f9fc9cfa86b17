package dev.belfry.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionIdsTest {

  @Test
  void mintedIdsAreValidLongAndDifferent() {
    Set<String> minted = new HashSet<>();
    for (int count = 0; count < 1_000; count++) {
      minted.add(SessionIds.mint());
    }

    assertThat(minted)
        .hasSize(1_000)
        .allMatch(SessionIds::isValid)
        .allMatch(id -> id.length() == 32);
  }

  @Test
  void abbreviatedIdsCannotBeUsedAndCannotForgeALogLine() {
    String id = SessionIds.mint();

    assertThat(SessionIds.abbreviate(id)).isEqualTo(id.substring(0, 6) + "…");
    assertThat(SessionIds.abbreviate("ab")).isEqualTo("a…");
    assertThat(SessionIds.abbreviate("a\nb\u001bcdefghijk")).isEqualTo("a?b?cd…");
  }

  @Test
  void fingerprintIsThatOfTheWholeIdBehindItsPrefix() {
    // printf %s dps_abc | openssl dgst -sha256 -binary | basenc --base64url
    assertThat(SessionIds.fingerprint("dps_abc"))
        .isEqualTo("dps_sha256:LuiWRn0418-EuWfH4N_vzrANvTFNnZCDHw_bBa_d8eA");
    assertThat(SessionIds.fingerprint("abc"))
        .isEqualTo("sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"abc", "dps_abc", "_abc", "abcde_f", "A_b", "a_b_c", "~", "dps_"})
  void fingerprintIsAValidIdAndItsOwn(String id) {
    String fingerprint = SessionIds.fingerprint(id);

    assertThat(SessionIds.isValid(fingerprint)).isTrue();
    assertThat(SessionIds.isFingerprint(fingerprint)).isTrue();
    assertThat(SessionIds.isFingerprint(id)).isFalse();
    assertThat(SessionIds.fingerprint(fingerprint)).isEqualTo(fingerprint);
  }

  @Test
  void fingerprintOfTheLongestIdIsShort() {
    assertThat(SessionIds.fingerprint("abcd_" + "x".repeat(SessionIds.MAX_LENGTH - 5)))
        .startsWith("abcd_sha256:")
        .hasSize(55);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "ä"})
  void fingerprintOfWhatIsNoIdIsRefused(String id) {
    assertThatThrownBy(() -> SessionIds.fingerprint(id))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatOnlyResemblesAFingerprintIsNone() {
    String fingerprint = SessionIds.fingerprint("abc");

    assertThat(
            List.of(
                fingerprint + "x",
                fingerprint.substring(1),
                fingerprint.substring(0, fingerprint.length() - 1),
                "_" + fingerprint,
                "abcde_" + fingerprint,
                "a_b_" + fingerprint,
                fingerprint.toUpperCase(Locale.ROOT)))
        .noneMatch(SessionIds::isFingerprint);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a_", "dps_", "abcd_"})
  void prefixThatIsKeptCanBeLookedFor(String prefix) {
    assertThat(SessionIds.isFingerprintPrefix(prefix)).isTrue();
    assertThat(SessionIds.fingerprint(prefix + "abc")).startsWith(prefix + "sha256:");
  }

  @ParameterizedTest
  @ValueSource(strings = {"d", "dps", "_", "dps_a", "abcde_", "DPS_", "a_b_", "sha256:", "dps-"})
  void prefixThatIsHashedCannotBeLookedFor(String prefix) {
    assertThat(SessionIds.isFingerprintPrefix(prefix)).isFalse();
  }
}
