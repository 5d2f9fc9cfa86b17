package dev.belfry.config;

import dev.belfry.config.InvalidSettingsException.Problem;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.eclipse.microprofile.config.Config;

/** Reads the settings from MicroProfile Config. */
public final class SettingsReader {

  private static final Duration HUNDRED_YEARS = Duration.ofDays(36_500);
  private static final Duration TEN_YEARS = Duration.ofDays(3_650);
  private static final int MAX_METHOD = 255;

  private final Config config;
  private final List<Problem> problems = new ArrayList<>();

  private SettingsReader(Config config) {
    this.config = config;
  }

  /**
   * Reads all settings.
   *
   * @throws InvalidSettingsException if any is invalid; it names them all
   */
  public static BelfrySettings read(Config config) {
    SettingsReader reader = new SettingsReader(config);
    BelfrySettings settings = reader.settings();
    if (!reader.problems.isEmpty()) {
      throw new InvalidSettingsException(reader.problems);
    }
    return settings;
  }

  /** The configured keys that begin as Belfry's do but are none: most likely misspelt. Sorted. */
  public static List<String> unknownKeys(Config config) {
    Set<String> known =
        Arrays.stream(Setting.values()).map(Setting::key).collect(Collectors.toSet());
    return StreamSupport.stream(config.getPropertyNames().spliterator(), false)
        .filter(key -> key.startsWith(Setting.PREFIX) && !known.contains(key))
        .distinct()
        .sorted()
        .toList();
  }

  private BelfrySettings settings() {
    String dataSource = text(Setting.DATASOURCE, Identifiers::isJndiName);
    return new BelfrySettings(
        choice(Setting.BACKEND, BelfrySettings.Backend.class),
        dataSource,
        session(),
        events(),
        listener(dataSource),
        new BelfrySettings.Presence(
            duration(Setting.PRESENCE_INTERVAL, Duration.ofMillis(500), Duration.ofMinutes(10))),
        streams(),
        new BelfrySettings.Schema(
            choice(Setting.SCHEMA_MODE, BelfrySettings.SchemaMode.class),
            text(Setting.SCHEMA_NAME, value -> value.isEmpty() || Identifiers.isName(value))),
        new BelfrySettings.Http(origins(), number(Setting.HTTP_MAX_BODY, 1_024, 67_108_864)),
        health());
  }

  private BelfrySettings.Events events() {
    return new BelfrySettings.Events(
        text(Setting.EVENTS_CHANNEL, Identifiers::isChannel),
        choice(Setting.EVENTS_ON_LISTEN_FAILURE, BelfrySettings.OnListenFailure.class),
        number(Setting.EVENTS_BUFFER_SIZE, 1, 65_536),
        number(Setting.EVENTS_MAX_SIZE, 1_024, 16_777_216),
        duration(Setting.EVENTS_PUBLISH_TIMEOUT, Duration.ofMillis(100), Duration.ofMinutes(5)),
        new BelfrySettings.Retention(
            duration(Setting.EVENTS_RETENTION_AGE, Duration.ofMinutes(1), TEN_YEARS),
            number(Setting.EVENTS_RETENTION_COUNT, 1, Integer.MAX_VALUE)),
        duration(Setting.EVENTS_IDEMPOTENCY_RETENTION, Duration.ofSeconds(1), TEN_YEARS),
        duration(Setting.EVENTS_COALESCING_WINDOW, Duration.ZERO, Duration.ofMinutes(1)),
        duration(Setting.EVENTS_POLL_INTERVAL, Duration.ofMillis(50), Duration.ofMinutes(1)));
  }

  private BelfrySettings.Streams streams() {
    return new BelfrySettings.Streams(
        duration(Setting.STREAM_HEARTBEAT, Duration.ofSeconds(1), Duration.ofMinutes(10)),
        duration(Setting.STREAM_RETRY, Duration.ZERO, Duration.ofMinutes(1)),
        number(Setting.STREAM_BUFFER_BYTES, 16_384, 67_108_864),
        duration(Setting.STREAM_DRAIN, Duration.ZERO, Duration.ofMinutes(1)),
        resetNotifications());
  }

  private List<String> resetNotifications() {
    String value = value(Setting.STREAM_RESET_NOTIFICATIONS);
    List<String> methods = parts(value);
    if (!methods.stream()
        .allMatch(
            method ->
                method.length() <= MAX_METHOD
                    && method.chars().noneMatch(Character::isISOControl))) {
      reject(Setting.STREAM_RESET_NOTIFICATIONS, value);
    }
    return methods;
  }

  private BelfrySettings.Sessions session() {
    Duration timeToLive = duration(Setting.SESSION_TTL, Duration.ofSeconds(1), HUNDRED_YEARS);
    return new BelfrySettings.Sessions(
        timeToLive,
        duration(Setting.SESSION_CLEANUP_INTERVAL, Duration.ofSeconds(1), Duration.ofDays(1)),
        duration(Setting.SESSION_TOUCH_INTERVAL, Duration.ZERO, timeToLive.minusNanos(1)),
        text(Setting.SESSION_TABLE, Identifiers::isTable));
  }

  private BelfrySettings.Listener listener(String dataSource) {
    String own =
        text(
            Setting.LISTENER_DATASOURCE, value -> value.isEmpty() || Identifiers.isJndiName(value));
    Duration shortest = Duration.ofMillis(10);
    Duration reconnectMin =
        duration(Setting.LISTENER_RECONNECT_MIN, shortest, Duration.ofMinutes(1));
    return new BelfrySettings.Listener(
        own.isEmpty() ? dataSource : own,
        duration(Setting.LISTENER_PROBE_INTERVAL, Duration.ofSeconds(1), Duration.ofMinutes(10)),
        reconnectMin,
        duration(Setting.LISTENER_RECONNECT_MAX, reconnectMin, Duration.ofMinutes(10)));
  }

  private BelfrySettings.Health health() {
    return new BelfrySettings.Health(
        flag(Setting.HEALTH_DATABASE),
        flag(Setting.HEALTH_DELIVERY),
        flag(Setting.HEALTH_DELIVERY_REQUIRED),
        flag(Setting.HEALTH_LIVENESS));
  }

  private String value(Setting setting) {
    return config
        .getOptionalValue(setting.key(), String.class)
        .map(String::strip)
        .orElse(setting.defaultValue());
  }

  private String text(Setting setting, Predicate<String> rule) {
    String value = value(setting);
    if (!rule.test(value)) {
      reject(setting, value);
    }
    return value;
  }

  // After a rejection the default stands in, so that the settings after it are still looked at.
  private Duration duration(Setting setting, Duration min, Duration max) {
    String value = value(setting);
    try {
      Duration duration = Duration.parse(value);
      if (duration.compareTo(min) >= 0 && duration.compareTo(max) <= 0) {
        return duration;
      }
    } catch (DateTimeParseException ignored) {
      // Rejected below, like a duration out of range.
    }
    reject(setting, value);
    return Duration.parse(setting.defaultValue());
  }

  private int number(Setting setting, int min, int max) {
    String value = value(setting);
    try {
      int number = Integer.parseInt(value);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException ignored) {
      // Rejected below, like a number out of range.
    }
    reject(setting, value);
    return Integer.parseInt(setting.defaultValue());
  }

  private boolean flag(Setting setting) {
    return text(setting, value -> value.equals("true") || value.equals("false")).equals("true");
  }

  private <E extends Enum<E>> E choice(Setting setting, Class<E> choices) {
    String value = value(setting);
    return Arrays.stream(choices.getEnumConstants())
        .filter(choice -> spelling(choice).equals(value))
        .findFirst()
        .orElseGet(
            () -> {
              reject(setting, value);
              return choices.getEnumConstants()[0];
            });
  }

  private static String spelling(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private Set<String> origins() {
    String value = value(Setting.HTTP_ALLOWED_ORIGINS);
    List<String> origins = parts(value);
    if (!origins.stream().allMatch(SettingsReader::isOrigin)) {
      reject(Setting.HTTP_ALLOWED_ORIGINS, value);
    }
    return Set.copyOf(origins);
  }

  private static List<String> parts(String value) {
    return Arrays.stream(value.split(","))
        .map(String::strip)
        .filter(part -> !part.isEmpty())
        .toList();
  }

  // RFC 6454, section 6.2: scheme, host and perhaps a port, and nothing after them.
  private static boolean isOrigin(String text) {
    try {
      URI uri = new URI(text);
      return uri.getScheme() != null
          && uri.getHost() != null
          && uri.getRawUserInfo() == null
          && uri.getRawPath().isEmpty()
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null;
    } catch (URISyntaxException ignored) {
      return false; // What cannot be parsed is no origin: the caller reports it.
    }
  }

  private void reject(Setting setting, String value) {
    problems.add(new Problem(setting, value));
  }
}
