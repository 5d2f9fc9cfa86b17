package dev.belfry.config;

import dev.belfry.config.BelfrySettings.EncryptionKey;
import dev.belfry.config.BelfrySettings.OnLimit;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the settings of the session store. */
final class SessionSettings {

  private static final Duration HUNDRED_YEARS = Duration.ofDays(36_500);
  private static final int MAX_ATTRIBUTES = 16;

  private final SettingValues values;

  SessionSettings(SettingValues values) {
    this.values = values;
  }

  BelfrySettings.Sessions read() {
    Duration second = Duration.ofSeconds(1);
    Duration timeToLive = values.duration(Setting.SESSION_TTL, second, HUNDRED_YEARS);
    return new BelfrySettings.Sessions(
        timeToLive,
        values.optionalDuration(Setting.SESSION_MAX_LIFETIME, second, HUNDRED_YEARS),
        values.duration(Setting.SESSION_REVIVE_WINDOW, Duration.ZERO, Duration.ofDays(30)),
        values.choice(Setting.SESSION_REVIVE, BelfrySettings.Revive.class),
        values.duration(Setting.SESSION_CLEANUP_INTERVAL, second, Duration.ofDays(1)),
        values.duration(Setting.SESSION_TOUCH_INTERVAL, Duration.ZERO, timeToLive.minusNanos(1)),
        values.duration(Setting.SESSION_TOUCH_WINDOW, Duration.ofMillis(10), Duration.ofMinutes(1)),
        values.text(Setting.SESSION_TABLE, Identifiers::isTable),
        values.number(Setting.SESSION_MAX_PER_USER, 0, 100_000),
        values.choice(Setting.SESSION_ON_LIMIT, OnLimit.class),
        values.number(Setting.SESSION_MAX_STATE_BYTES, 1_024, 67_108_864),
        attributes(),
        values.flag(Setting.SESSION_EVENTS),
        cache(),
        new BelfrySettings.AtRest(values.flag(Setting.SESSION_HASH_IDS), keys()));
  }

  private BelfrySettings.SessionCache cache() {
    return new BelfrySettings.SessionCache(
        values.number(Setting.SESSION_CACHE_COUNT, 0, 10_000_000),
        values.number(Setting.SESSION_CACHE_BYTES, 65_536, Integer.MAX_VALUE),
        values.duration(
            Setting.SESSION_CACHE_MAX_AGE, Duration.ofMillis(100), Duration.ofMinutes(10)));
  }

  private Set<String> attributes() {
    Setting setting = Setting.SESSION_INDEXED_ATTRIBUTES;
    // The database cannot look into what is encrypted, whether or not the keys are good ones.
    boolean encrypted = !values.value(Setting.SESSION_ENCRYPTION_KEYS).isEmpty();
    Set<String> attributes =
        Set.copyOf(values.texts(setting, pointer -> !encrypted && Identifiers.isPointer(pointer)));
    if (attributes.size() > MAX_ATTRIBUTES) {
      values.reject(setting, values.value(setting));
    }
    return attributes;
  }

  // No part is skipped, not even an empty one: that states are encrypted must not hang on a comma.
  private List<EncryptionKey> keys() {
    String value = values.value(Setting.SESSION_ENCRYPTION_KEYS);
    if (value.isEmpty()) {
      return List.of();
    }
    String[] parts = value.split(",", -1);
    Map<String, EncryptionKey> keys = new LinkedHashMap<>();
    for (String part : parts) {
      key(part.strip()).ifPresent(key -> keys.put(key.name(), key));
    }
    if (keys.size() < parts.length) {
      values.reject(Setting.SESSION_ENCRYPTION_KEYS, value); // Wrong ones, or twice the same name.
    }
    return List.copyOf(keys.values());
  }

  private static Optional<EncryptionKey> key(String part) {
    String[] nameAndBytes = part.split(":", -1);
    if (nameAndBytes.length != 2 || !EncryptionKey.isName(nameAndBytes[0])) {
      return Optional.empty();
    }
    try {
      byte[] bytes = Base64.getDecoder().decode(nameAndBytes[1]);
      return Optional.of(bytes)
          .filter(present -> present.length == EncryptionKey.LENGTH)
          .map(present -> new EncryptionKey(nameAndBytes[0], present));
    } catch (IllegalArgumentException ignored) {
      return Optional.empty(); // What is no Base64 is no key: the caller reports it.
    }
  }
}
