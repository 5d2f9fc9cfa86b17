package dev.belfry.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionPageTest {

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 1_001, Integer.MAX_VALUE})
  void limitOutOfRangeIsRefused(int limit) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SessionPage.Request.first(limit))
        .withMessage("limit must be from 1 to 1000, but is " + limit);
  }

  @Test
  void smallestAndLargestPagesCanBeAskedFor() {
    assertThat(SessionPage.Request.first(1).limit()).isEqualTo(1);
    assertThat(SessionPage.Request.first(SessionPage.Request.MAX_LIMIT).afterId()).isEmpty();
  }
}
