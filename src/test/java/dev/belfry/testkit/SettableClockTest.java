package dev.belfry.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class SettableClockTest {

  private final SettableClock clock = new SettableClock();

  @Test
  void standsStillUntilItIsToldToGoOn() {
    Instant before = clock.instant();
    assertThat(clock.instant()).isEqualTo(before);

    clock.pass(Duration.ofMinutes(5));
    assertThat(clock.instant()).isEqualTo(before.plusSeconds(300));

    clock.pass(Duration.ofMinutes(-5));
    assertThat(clock.instant()).isEqualTo(before);
  }

  @Test
  void fromAnotherZoneItIsTheSameClock() {
    Clock elsewhere = clock.withZone(ZoneId.of("Pacific/Chatham"));
    clock.pass(Duration.ofDays(1));

    assertThat(clock.getZone()).isEqualTo(ZoneOffset.UTC);
    assertThat(elsewhere.getZone()).isEqualTo(ZoneId.of("Pacific/Chatham"));
    assertThat(elsewhere.instant()).isEqualTo(clock.instant());
  }

  @Test
  void losesNoTimeThatSeveralThreadsLetPass() {
    Instant before = clock.instant();

    SessionContract.concurrently(
        8,
        thread -> {
          for (int second = 0; second < 100; second++) {
            clock.pass(Duration.ofSeconds(1));
          }
          return true;
        });

    assertThat(clock.instant()).isEqualTo(before.plusSeconds(800));
  }
}
