package dev.belfry.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.config.BelfrySettings;
import dev.belfry.config.BelfrySettings.OnLimit;
import dev.belfry.config.Settings;
import dev.belfry.session.Lifetime;
import dev.belfry.session.SessionRules;
import dev.belfry.session.SessionRules.OnExcess;
import dev.belfry.session.SessionRules.UserLimit;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApplicationSessionsTest {

  @Test
  void defaultsOfTheSettingsAreTheUsualRules() {
    SessionRules rules = ApplicationSessions.rules(Settings.with(Map.of()).session());

    assertThat(rules).isEqualTo(SessionRules.of(Duration.ofMinutes(30)));
  }

  @ParameterizedTest
  @CsvSource({"EVICT_OLDEST, EVICT_OLDEST", "REFUSE, REFUSE"})
  void settingsAreTheRules(OnLimit onLimit, OnExcess onExcess) {
    BelfrySettings.Sessions settings =
        new BelfrySettings.Sessions(
            Duration.ofMinutes(1),
            Optional.of(Duration.ofHours(1)),
            Duration.ofSeconds(5),
            BelfrySettings.Revive.WITHIN_WINDOW,
            Duration.ofSeconds(6),
            Duration.ofSeconds(7),
            Duration.ofSeconds(8),
            "sessions",
            3,
            onLimit,
            2_048,
            Set.of("/cart/id"),
            true,
            new BelfrySettings.SessionCache(0, 65_536, Duration.ofSeconds(9)),
            new BelfrySettings.AtRest(false, List.of()));

    assertThat(ApplicationSessions.rules(settings))
        .isEqualTo(
            new SessionRules(
                Lifetime.of(Duration.ofMinutes(1)).atMost(Duration.ofHours(1)),
                Duration.ofSeconds(5),
                Optional.of(new UserLimit(3, onExcess)),
                2_048,
                Set.of("/cart/id")));
  }
}
