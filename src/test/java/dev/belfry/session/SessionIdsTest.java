package dev.belfry.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

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
}
