package dev.belfry.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belfry.config.BelfrySettings.Backend;
import dev.belfry.config.BelfrySettings.OnListenFailure;
import dev.belfry.config.BelfrySettings.SchemaMode;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsReaderTest {

  @Test
  void defaultsAreValid() {
    BelfrySettings settings = Settings.with(Map.of());

    assertThat(settings.backend()).isEqualTo(Backend.AUTOMATIC);
    assertThat(settings.dataSource()).isEqualTo("java:comp/DefaultDataSource");
    assertThat(settings.listener().dataSource()).isEqualTo("java:comp/DefaultDataSource");
    assertThat(settings.session().timeToLive()).isEqualTo(Duration.ofMinutes(30));
    assertThat(settings.session().table()).isEqualTo("sessions");
    assertThat(settings.events().channel()).isEqualTo("mcp_notifications");
    assertThat(settings.events().onListenFailure()).isEqualTo(OnListenFailure.FALLBACK_TO_MEMORY);
    assertThat(settings.schema().mode()).isEqualTo(SchemaMode.CREATE);
    assertThat(settings.http().allowedOrigins()).isEmpty();
    assertThat(settings.health().deliveryRequired()).isFalse();
  }

  @Test
  void configuredValuesAreRead() {
    BelfrySettings settings =
        Settings.with(
            Map.of(
                "belfry.backend", "postgres",
                "belfry.datasource", "jdbc/main",
                "belfry.session.ttl", "PT2H",
                "belfry.events.on-listen-failure", "fail",
                "belfry.events.buffer-size", " 17 ",
                "belfry.schema.mode", "validate",
                "belfry.http.allowed-origins", "https://a.example, http://localhost:3000",
                "belfry.health.database", "false"));

    assertThat(settings.backend()).isEqualTo(Backend.POSTGRES);
    assertThat(settings.listener().dataSource()).isEqualTo("jdbc/main");
    assertThat(settings.session().timeToLive()).isEqualTo(Duration.ofHours(2));
    assertThat(settings.events().onListenFailure()).isEqualTo(OnListenFailure.FAIL);
    assertThat(settings.events().bufferSize()).isEqualTo(17);
    assertThat(settings.schema().mode()).isEqualTo(SchemaMode.VALIDATE);
    assertThat(settings.http().allowedOrigins())
        .containsExactlyInAnyOrder("https://a.example", "http://localhost:3000");
    assertThat(settings.health().database()).isFalse();
  }

  @Test
  void allProblemsAreReportedTogetherWithKeyValueAndRule() {
    assertThatThrownBy(
            () ->
                Settings.with(
                    Map.of(
                        "belfry.session.ttl", "30 minutes",
                        "belfry.events.buffer-size", "0",
                        "belfry.schema.mode", "drop")))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining(
            "belfry.session.ttl = '30 minutes': must be a duration from PT1S to P36500D")
        .hasMessageContaining(
            "belfry.events.buffer-size = '0': must be a whole number from 1 to 65536")
        .hasMessageContaining("belfry.schema.mode = 'drop': must be create, validate or none");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "belfry.backend | oracle",
        "belfry.datasource | ldap://attacker.example/x",
        "belfry.listener.datasource | rmi:x",
        "belfry.listener.probe-interval | PT0S",
        "belfry.listener.reconnect-min | PT-1S",
        "belfry.listener.reconnect-max | PT0.01S",
        "belfry.session.ttl | PT0S",
        "belfry.session.ttl | P40000D",
        "belfry.session.ttl | -PT5M",
        "belfry.session.cleanup-interval | P2D",
        "belfry.session.touch-interval | PT30M",
        "belfry.events.on-listen-failure | ignore",
        "belfry.events.buffer-size | many",
        "belfry.events.buffer-size | 99999999999",
        "belfry.stream.heartbeat | PT0.5S",
        "belfry.stream.retry | PT2M",
        "belfry.http.allowed-origins | *",
        "belfry.http.allowed-origins | https://a.example/path",
        "belfry.http.allowed-origins | null",
        "belfry.http.max-body | 10",
        "belfry.health.liveness | yes",
      })
  void valueThatBreaksItsRuleIsNamed(String key, String value) {
    assertThatThrownBy(() -> Settings.with(Map.of(key, value)))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining(key + " = '" + value + "': must be ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x\"; DROP TABLE sessions; --",
        "a b",
        "1st",
        "public.sessions",
        "nul\u0000",
        "semi;colon",
        "q'uote",
        "ääääääääääääääääääääääääääääääää", // 32 characters, 64 bytes
      })
  void injectedOrOverlongNamesAreRefused(String name) {
    for (String key : new String[] {"belfry.session.table", "belfry.schema.name"}) {
      assertThatThrownBy(() -> Settings.with(Map.of(key, name)))
          .isInstanceOf(InvalidSettingsException.class)
          .hasMessageContaining(key);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"x\"; LISTEN other; --", "a b", "1st", "q'uote", "\u00e4,"})
  void injectedChannelsAreRefused(String channel) {
    assertThatThrownBy(() -> Settings.with(Map.of("belfry.events.channel", channel)))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("belfry.events.channel");
  }

  @Test
  void channelIsMeasuredInBytes() {
    String longest = "c".repeat(56);

    assertThat(Settings.with(Map.of("belfry.events.channel", longest)).events().channel())
        .isEqualTo(longest);
    assertThatThrownBy(() -> Settings.with(Map.of("belfry.events.channel", longest + "c")))
        .isInstanceOf(InvalidSettingsException.class);
    assertThatThrownBy(() -> Settings.with(Map.of("belfry.events.channel", "ä".repeat(29))))
        .isInstanceOf(InvalidSettingsException.class);
  }

  @Test
  void messageCannotForgeALogLineAndIsBounded() {
    assertThatThrownBy(
            () -> Settings.with(Map.of("belfry.backend", "x\nSEVERE fake" + "y".repeat(10_000))))
        .message()
        .doesNotContain("\nSEVERE")
        .hasSizeLessThan(400);
  }

  @Test
  void unknownKeysAreListed() {
    assertThat(
            SettingsReader.unknownKeys(
                Settings.config(
                    Map.of("belfry.session.tll", "PT1H", "belfry.session.ttl", "PT1H"))))
        .containsExactly("belfry.session.tll");
  }

  @ParameterizedTest
  @EnumSource(Setting.class)
  void everyDefaultMayAlsoBeWrittenDown(Setting setting) {
    Settings.with(Map.of(setting.key(), setting.defaultValue()));
  }
}
