package dev.belfry.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belfry.config.BelfrySettings.AtRest;
import dev.belfry.config.BelfrySettings.Backend;
import dev.belfry.config.BelfrySettings.OnLimit;
import dev.belfry.config.BelfrySettings.OnListenFailure;
import dev.belfry.config.BelfrySettings.Revive;
import dev.belfry.config.BelfrySettings.SchemaMode;
import dev.belfry.config.BelfrySettings.SessionCache;
import dev.belfry.config.BelfrySettings.Sessions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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
    assertThat(settings.session().maxLifetime()).isEmpty();
    assertThat(settings.session().table()).isEqualTo("sessions");
    assertThat(settings.session().maxPerUser()).isZero();
    assertThat(settings.session().onLimit()).isEqualTo(OnLimit.EVICT_OLDEST);
    assertThat(settings.session().attributes()).isEmpty();
    assertThat(settings.session().events()).isTrue();
    assertThat(settings.session().cache().maxCount()).isZero();
    assertThat(settings.session().atRest()).isEqualTo(new AtRest(false, List.of()));
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
  void configuredValuesOfSessionsAreRead() {
    Sessions sessions =
        Settings.with(
                Map.ofEntries(
                    Map.entry("belfry.session.ttl", "PT1H"),
                    Map.entry("belfry.session.max-lifetime", "P1D"),
                    Map.entry("belfry.session.revive-window", "PT0S"),
                    Map.entry("belfry.session.cleanup-interval", "PT2M"),
                    Map.entry("belfry.session.touch-interval", "PT20S"),
                    Map.entry("belfry.session.touch-window", "PT0.5S"),
                    Map.entry("belfry.session.table", "visits"),
                    Map.entry("belfry.session.max-per-user", "5"),
                    Map.entry("belfry.session.on-limit", "refuse"),
                    Map.entry("belfry.session.max-state-bytes", "2048"),
                    Map.entry("belfry.session.indexed-attributes", "/cart/id, /lang"),
                    Map.entry("belfry.session.events", "false"),
                    Map.entry("belfry.session.cache-count", "1000"),
                    Map.entry("belfry.session.cache-bytes", "65536"),
                    Map.entry("belfry.session.revive", "never"),
                    Map.entry("belfry.session.cache-max-age", "PT3S"),
                    Map.entry("belfry.session.hash-ids", "true")))
            .session();

    assertThat(sessions)
        .isEqualTo(
            new Sessions(
                Duration.ofHours(1),
                Optional.of(Duration.ofDays(1)),
                Duration.ZERO,
                Revive.NEVER,
                Duration.ofMinutes(2),
                Duration.ofSeconds(20),
                Duration.ofMillis(500),
                "visits",
                5,
                OnLimit.REFUSE,
                2048,
                Set.of("/cart/id", "/lang"),
                false,
                new SessionCache(1000, 65_536, Duration.ofSeconds(3)),
                new AtRest(true, List.of())));
  }

  @Test
  void protocolVersionsAreInTheOrderOfTheirDates() {
    assertThat(
            Settings.with(
                    Map.of("belfry.http.protocol-versions", "2026-07-28, 2025-11-25,2026-07-28"))
                .http()
                .protocolVersions())
        .containsExactly("2025-11-25", "2026-07-28");
  }

  @Test
  void allowedHostsAreReadInLowerCase() {
    assertThat(
            Settings.with(Map.of("belfry.http.allowed-hosts", "App.example, [::1]:9080,a-b.c:80"))
                .http()
                .allowedHosts())
        .containsExactlyInAnyOrder("app.example", "[::1]:9080", "a-b.c:80");
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://a.example", "a.example/", "a b", "a:b", "*"})
  void hostsThatAreNoneAreRejected(String hosts) {
    assertThatThrownBy(() -> Settings.with(Map.of("belfry.http.allowed-hosts", hosts)))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("belfry.http.allowed-hosts");
  }

  @ParameterizedTest
  @ValueSource(strings = {"2024-11-05", "latest", ","})
  void protocolVersionsThatBelfryDoesNotKnowAreRejected(String versions) {
    assertThatThrownBy(() -> Settings.with(Map.of("belfry.http.protocol-versions", versions)))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("belfry.http.protocol-versions");
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
        "belfry.session.touch-interval | PT-1S",
        "belfry.session.max-lifetime | PT0.9S",
        "belfry.session.max-lifetime | P36501D",
        "belfry.session.max-lifetime | none",
        "belfry.session.revive-window | PT-1S",
        "belfry.session.revive-window | P31D",
        "belfry.session.touch-window | PT0S",
        "belfry.session.touch-window | PT61S",
        "belfry.session.max-per-user | -1",
        "belfry.session.max-per-user | 100001",
        "belfry.session.on-limit | evict",
        "belfry.session.max-state-bytes | 1023",
        "belfry.session.max-state-bytes | 67108865",
        "belfry.session.indexed-attributes | cart",
        "belfry.session.indexed-attributes | /",
        "belfry.session.indexed-attributes | /cart/",
        "belfry.session.indexed-attributes | /a,b",
        "belfry.session.indexed-attributes | /a~1b",
        "belfry.session.indexed-attributes | /x')--",
        "belfry.session.indexed-attributes | /ä",
        "belfry.session.events | on",
        "belfry.session.cache-count | -1",
        "belfry.session.cache-count | 10000001",
        "belfry.session.cache-bytes | 65535",
        "belfry.session.cache-bytes | 2147483648",
        "belfry.session.cache-max-age | PT0.01S",
        "belfry.session.cache-max-age | PT11M",
        "belfry.session.hash-ids | 1",
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
  void indexedAttributesAreLimitedInNumberAndLength() {
    String most = pointers(16);
    String longest = "/" + "a".repeat(64) + "/" + "b".repeat(34);

    assertThat(attributes(most)).hasSize(16);
    assertThat(attributes(longest)).containsExactly(longest);
    for (String tooMuch : new String[] {pointers(17), longest + "b", "/" + "a".repeat(65)}) {
      assertThatThrownBy(() -> attributes(tooMuch))
          .isInstanceOf(InvalidSettingsException.class)
          .hasMessageContaining("belfry.session.indexed-attributes");
    }
  }

  private static String pointers(int count) {
    return IntStream.range(0, count).mapToObj(i -> "/a" + i).collect(Collectors.joining(","));
  }

  private static Set<String> attributes(String value) {
    return Settings.with(Map.of("belfry.session.indexed-attributes", value)).session().attributes();
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
