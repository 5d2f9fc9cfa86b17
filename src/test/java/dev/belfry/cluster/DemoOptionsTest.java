package dev.belfry.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DemoOptionsTest {
  private final Properties properties = new Properties();

  @Test
  void fromWhenNothingIsSetThenDefaults() {
    DemoOptions options = DemoOptions.from(properties);

    assertThat(options.ports()).containsExactly(9081, 9082);
    assertThat(options.database()).isEmpty();
    assertThat(options.duration()).isEmpty();
  }

  @Test
  void fromWhenEverythingIsSetThenTaken() {
    properties.setProperty("demo.replicas", "3");
    properties.setProperty("demo.port", "7000");
    properties.setProperty("demo.jdbc-url", "jdbc:postgresql://db:5433/app?user=u&password=p");
    properties.setProperty("demo.seconds", "90");

    DemoOptions options = DemoOptions.from(properties);

    assertThat(options.ports()).containsExactly(7001, 7002, 7003);
    assertThat(options.database())
        .contains(new DatabaseAddress("jdbc:postgresql://db:5433/app", "u", "p"));
    assertThat(options.duration()).contains(Duration.ofSeconds(90));
  }

  @ParameterizedTest
  @CsvSource({
    "demo.replicas, 0",
    "demo.replicas, 17",
    "demo.replicas, two",
    "demo.replicas, ''",
    "demo.port, -1",
    "demo.port, 65534",
    "demo.port, 9080.5",
    "demo.seconds, 0",
    "demo.seconds, 99999999999",
  })
  void fromWhenNumberIsWrongThenNamesOptionAndValue(String key, String value) {
    properties.setProperty(key, value);

    assertThatExceptionOfType(ClusterException.class)
        .isThrownBy(() -> DemoOptions.from(properties))
        .withMessageContaining("-D%s=%s: must be a whole number from".formatted(key, value));
  }

  @Test
  void fromWhenLastReplicaWouldPassTheHighestPortThenRefused() {
    properties.setProperty("demo.replicas", "16");
    properties.setProperty("demo.port", "65519");
    assertThat(DemoOptions.from(properties).ports()).endsWith(65535);

    properties.setProperty("demo.port", "65520");
    assertThatExceptionOfType(ClusterException.class)
        .isThrownBy(() -> DemoOptions.from(properties))
        .withMessageContaining("0 to 65519");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "postgres://user:secret@host/app",
        "jdbc:mysql://host/app?password=secret",
        "jdbc:postgresql://user:secret@host/app"
      })
  void fromWhenUrlIsNotUnderstoodThenShowsTheFormButNotTheValue(String url) {
    properties.setProperty("demo.jdbc-url", url);

    assertThatExceptionOfType(ClusterException.class)
        .isThrownBy(() -> DemoOptions.from(properties))
        .withMessageContaining("-Ddemo.jdbc-url: must be like jdbc:postgresql://")
        .withMessageNotContaining("secret");
  }

  @Test
  void fromWhenSeveralOptionsAreWrongThenNamesAll() {
    properties.setProperty("demo.replicas", "no");
    properties.setProperty("demo.port", "no");
    properties.setProperty("demo.jdbc-url", "no");
    properties.setProperty("demo.seconds", "no");

    assertThatExceptionOfType(ClusterException.class)
        .isThrownBy(() -> DemoOptions.from(properties))
        .withMessageContainingAll("demo.replicas", "demo.port", "demo.jdbc-url", "demo.seconds");
  }
}
