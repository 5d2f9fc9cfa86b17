package dev.belfry.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LifetimeTest {

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT-1S", "PT0.000999S", "P36500DT0.001S", "PT2562047788015215H"})
  void durationThatIsNotSensibleIsRefusedAndNamed(String text) {
    Duration duration = Duration.parse(text);
    Lifetime lifetime = Lifetime.of(Duration.ofMinutes(1));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Lifetime.of(duration))
        .withMessageStartingWith("timeToLive must be from 1 ms to 36500 days");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> lifetime.atMost(duration))
        .withMessageStartingWith("maximum must be from 1 ms to 36500 days");
  }

  @Test
  void shortestAndLongestAreAccepted() {
    Lifetime shortest = Lifetime.of(Duration.ofMillis(1)).atMost(Lifetime.LONGEST);

    assertThat(shortest.timeToLive()).isEqualTo(Duration.ofMillis(1));
    assertThat(shortest.maximum()).contains(Lifetime.LONGEST);
    assertThat(Lifetime.of(Lifetime.LONGEST).maximum()).isEmpty();
  }
}
