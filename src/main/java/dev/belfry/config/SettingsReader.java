package dev.belfry.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.eclipse.microprofile.config.Config;

/** Reads the settings from MicroProfile Config. */
public final class SettingsReader {

  private static final Duration TEN_YEARS = Duration.ofDays(3_650);
  private static final int MAX_METHOD = 255;
  private static final List<String> PROTOCOL_VERSIONS =
      List.of(Setting.HTTP_PROTOCOL_VERSIONS.defaultValue().split(","));

  private static final Pattern HOST =
      Pattern.compile("([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+])(:\\d{1,5})?");

  private final SettingValues values;

  private SettingsReader(SettingValues values) {
    this.values = values;
  }

  /**
   * Reads all settings.
   *
   * @throws InvalidSettingsException if any is invalid; it names them all
   */
  public static BelfrySettings read(Config config) {
    SettingValues values = new SettingValues(config);
    BelfrySettings settings = new SettingsReader(values).settings();
    values.requireValid();
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
    String dataSource = values.text(Setting.DATASOURCE, Identifiers::isJndiName);
    return new BelfrySettings(
        values.choice(Setting.BACKEND, BelfrySettings.Backend.class),
        dataSource,
        new SessionSettings(values).read(),
        events(),
        listener(dataSource),
        new BelfrySettings.Presence(
            values.duration(
                Setting.PRESENCE_INTERVAL, Duration.ofMillis(500), Duration.ofMinutes(10))),
        streams(),
        new BelfrySettings.Schema(
            values.choice(Setting.SCHEMA_MODE, BelfrySettings.SchemaMode.class),
            values.text(
                Setting.SCHEMA_NAME, value -> value.isEmpty() || Identifiers.isName(value))),
        new BelfrySettings.Http(
            Set.copyOf(values.texts(Setting.HTTP_ALLOWED_ORIGINS, SettingsReader::isOrigin)),
            allowedHosts(),
            values.choice(Setting.HTTP_ANONYMOUS, BelfrySettings.Anonymous.class),
            protocolVersions(),
            values.number(Setting.HTTP_MAX_BODY, 1_024, 67_108_864),
            values.duration(Setting.HTTP_BODY_TIMEOUT, Duration.ofSeconds(1), Duration.ofHours(1))),
        health());
  }

  private Set<String> allowedHosts() {
    return values.texts(Setting.HTTP_ALLOWED_HOSTS, HOST.asMatchPredicate()).stream()
        .map(host -> host.toLowerCase(Locale.ROOT))
        .collect(Collectors.toSet());
  }

  private List<String> protocolVersions() {
    Setting setting = Setting.HTTP_PROTOCOL_VERSIONS;
    List<String> versions = values.texts(setting, PROTOCOL_VERSIONS::contains);
    if (versions.isEmpty()) {
      values.reject(setting, values.value(setting));
    }
    return versions.stream().distinct().sorted().toList();
  }

  private BelfrySettings.Events events() {
    return new BelfrySettings.Events(
        values.text(Setting.EVENTS_CHANNEL, Identifiers::isChannel),
        values.choice(Setting.EVENTS_ON_LISTEN_FAILURE, BelfrySettings.OnListenFailure.class),
        values.number(Setting.EVENTS_BUFFER_SIZE, 1, 65_536),
        values.number(Setting.EVENTS_MAX_SIZE, 1_024, 16_777_216),
        values.duration(
            Setting.EVENTS_PUBLISH_TIMEOUT, Duration.ofMillis(100), Duration.ofMinutes(5)),
        new BelfrySettings.Retention(
            values.duration(Setting.EVENTS_RETENTION_AGE, Duration.ofMinutes(1), TEN_YEARS),
            values.number(Setting.EVENTS_RETENTION_COUNT, 1, Integer.MAX_VALUE)),
        values.duration(Setting.EVENTS_IDEMPOTENCY_RETENTION, Duration.ofSeconds(1), TEN_YEARS),
        values.duration(Setting.EVENTS_COALESCING_WINDOW, Duration.ZERO, Duration.ofMinutes(1)),
        values.duration(
            Setting.EVENTS_POLL_INTERVAL, Duration.ofMillis(50), Duration.ofMinutes(1)));
  }

  private BelfrySettings.Streams streams() {
    return new BelfrySettings.Streams(
        values.duration(Setting.STREAM_HEARTBEAT, Duration.ofSeconds(1), Duration.ofMinutes(10)),
        values.duration(Setting.STREAM_RETRY, Duration.ZERO, Duration.ofMinutes(1)),
        values.number(Setting.STREAM_BUFFER_BYTES, 16_384, 67_108_864),
        values.duration(Setting.STREAM_MAX_LIFETIME, Duration.ofSeconds(1), TEN_YEARS),
        values.duration(Setting.STREAM_DRAIN, Duration.ZERO, Duration.ofMinutes(1)),
        values.texts(Setting.STREAM_RESET_NOTIFICATIONS, SettingsReader::isMethod));
  }

  private BelfrySettings.Listener listener(String dataSource) {
    String own =
        values.text(
            Setting.LISTENER_DATASOURCE, value -> value.isEmpty() || Identifiers.isJndiName(value));
    Duration shortest = Duration.ofMillis(10);
    Duration reconnectMin =
        values.duration(Setting.LISTENER_RECONNECT_MIN, shortest, Duration.ofMinutes(1));
    return new BelfrySettings.Listener(
        own.isEmpty() ? dataSource : own,
        values.duration(
            Setting.LISTENER_PROBE_INTERVAL, Duration.ofSeconds(1), Duration.ofMinutes(10)),
        reconnectMin,
        values.duration(Setting.LISTENER_RECONNECT_MAX, reconnectMin, Duration.ofMinutes(10)));
  }

  private BelfrySettings.Health health() {
    return new BelfrySettings.Health(
        values.flag(Setting.HEALTH_DATABASE),
        values.flag(Setting.HEALTH_DELIVERY),
        values.flag(Setting.HEALTH_DELIVERY_REQUIRED),
        values.flag(Setting.HEALTH_LIVENESS));
  }

  private static boolean isMethod(String text) {
    return text.length() <= MAX_METHOD && text.chars().noneMatch(Character::isISOControl);
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
}
