package dev.belfry.config;

/** Every setting: its key, its default, and the rule for its values. Durations are ISO-8601. */
public enum Setting {
  BACKEND("backend", "automatic", "automatic, postgres or memory"),
  DATASOURCE("datasource", "java:comp/DefaultDataSource", Identifiers.JNDI_RULE),
  LISTENER_DATASOURCE(
      "listener.datasource",
      "",
      "empty for the same as belfry.datasource, or " + Identifiers.JNDI_RULE),
  LISTENER_PROBE_INTERVAL("listener.probe-interval", "PT10S", "a duration from PT1S to PT10M"),
  LISTENER_RECONNECT_MIN("listener.reconnect-min", "PT0.1S", "a duration from PT0.01S to PT1M"),
  LISTENER_RECONNECT_MAX(
      "listener.reconnect-max",
      "PT10S",
      "a duration from PT0.01S to PT10M, not under belfry.listener.reconnect-min"),
  SESSION_TTL("session.ttl", "PT30M", "a duration from PT1S to P36500D"),
  SESSION_MAX_LIFETIME(
      "session.max-lifetime", "", "empty for no limit, or a duration from PT1S to P36500D"),
  SESSION_REVIVE_WINDOW("session.revive-window", "PT10M", "a duration from PT0S to P30D"),
  SESSION_REVIVE("session.revive", "within-window", "within-window or never"),
  SESSION_CLEANUP_INTERVAL("session.cleanup-interval", "PT1M", "a duration from PT1S to P1D"),
  SESSION_TOUCH_INTERVAL(
      "session.touch-interval", "PT10S", "a duration from PT0S, shorter than belfry.session.ttl"),
  SESSION_TOUCH_WINDOW("session.touch-window", "PT1S", "a duration from PT0.01S to PT1M"),
  SESSION_MAX_PER_USER(
      "session.max-per-user", "0", "a whole number from 0, for no limit, to 100000"),
  SESSION_ON_LIMIT("session.on-limit", "evict-oldest", "evict-oldest or refuse"),
  SESSION_MAX_STATE_BYTES(
      "session.max-state-bytes", "1048576", "a whole number of bytes from 1024 to 67108864"),
  SESSION_INDEXED_ATTRIBUTES(
      "session.indexed-attributes",
      "",
      "JSON pointers like /cart/id of letters, digits and the characters _ . -, no part beginning with - or with 0 and a digit, separated by commas, at most 16, each of at most 100 characters; empty for none, as it has to be with belfry.session.encryption-keys"),
  SESSION_EVENTS("session.events", "true", Setting.FLAG_RULE),
  SESSION_CACHE_COUNT(
      "session.cache-count", "0", "a whole number from 0, for no cache, to 10000000"),
  SESSION_CACHE_BYTES(
      "session.cache-bytes", "67108864", "a whole number of bytes from 65536 to 2147483647"),
  SESSION_CACHE_MAX_AGE("session.cache-max-age", "PT10S", "a duration from PT0.1S to PT10M"),
  SESSION_HASH_IDS("session.hash-ids", "false", Setting.FLAG_RULE),
  SESSION_ENCRYPTION_KEYS(
      "session.encryption-keys",
      "",
      "empty for none, or keys like name:base64 of 32 bytes each, separated by commas, the one to encrypt with first",
      Secrecy.SECRET),
  SESSION_TABLE("session.table", "sessions", Identifiers.TABLE_RULE),
  EVENTS_CHANNEL("events.channel", "mcp_notifications", Identifiers.CHANNEL_RULE),
  EVENTS_ON_LISTEN_FAILURE(
      "events.on-listen-failure", "fallback-to-memory", "fallback-to-memory or fail"),
  EVENTS_BUFFER_SIZE("events.buffer-size", "256", "a whole number from 1 to 65536"),
  EVENTS_MAX_SIZE("events.max-size", "1048576", "a whole number of bytes from 1024 to 16777216"),
  EVENTS_PUBLISH_TIMEOUT("events.publish-timeout", "PT5S", "a duration from PT0.1S to PT5M"),
  EVENTS_RETENTION_AGE("events.retention-age", "PT24H", "a duration from PT1M to P3650D"),
  EVENTS_RETENTION_COUNT("events.retention-count", "100000", "a whole number from 1 to 2147483647"),
  EVENTS_IDEMPOTENCY_RETENTION(
      "events.idempotency-retention", "PT24H", "a duration from PT1S to P3650D"),
  EVENTS_COALESCING_WINDOW("events.coalescing-window", "PT0.2S", "a duration from PT0S to PT1M"),
  EVENTS_POLL_INTERVAL("events.poll-interval", "PT1S", "a duration from PT0.05S to PT1M"),
  PRESENCE_INTERVAL("presence.interval", "PT5S", "a duration from PT0.5S to PT10M"),
  STREAM_HEARTBEAT("stream.heartbeat", "PT15S", "a duration from PT1S to PT10M"),
  STREAM_RETRY("stream.retry", "PT2S", "a duration from PT0S to PT1M"),
  STREAM_BUFFER_BYTES(
      "stream.buffer-bytes", "1048576", "a whole number of bytes from 16384 to 67108864"),
  STREAM_MAX_LIFETIME("stream.max-lifetime", "P1D", "a duration from PT1S to P3650D"),
  STREAM_DRAIN("stream.drain", "PT2S", "a duration from PT0S to PT1M"),
  STREAM_RESET_NOTIFICATIONS(
      "stream.reset-notifications",
      "notifications/tools/list_changed,notifications/prompts/list_changed,notifications/resources/list_changed",
      "methods, separated by commas, each of at most 255 characters; empty for none"),
  SCHEMA_MODE("schema.mode", "create", "create, validate or none"),
  SCHEMA_NAME(
      "schema.name", "", "empty for the connection's own schema, or " + Identifiers.NAME_RULE),
  HTTP_ALLOWED_ORIGINS(
      "http.allowed-origins",
      "",
      "origins like https://app.example.com, separated by commas; empty for the same origin only"),
  HTTP_ALLOWED_HOSTS(
      "http.allowed-hosts",
      "",
      "host names like app.example.com, with a port or without, separated by commas; empty for any"),
  HTTP_ANONYMOUS("http.anonymous", "allow", "allow or refuse"),
  HTTP_PROTOCOL_VERSIONS(
      "http.protocol-versions",
      "2025-03-26,2025-06-18,2025-11-25,2026-07-28",
      "some of 2025-03-26, 2025-06-18, 2025-11-25 and 2026-07-28, separated by commas, at least one"),
  HTTP_BODY_TIMEOUT("http.body-timeout", "PT30S", "a duration from PT1S to PT1H"),
  HTTP_MAX_BODY("http.max-body", "1048576", "a whole number of bytes from 1024 to 67108864"),
  HEALTH_DATABASE("health.database", "true", Setting.FLAG_RULE),
  HEALTH_DELIVERY("health.delivery", "true", Setting.FLAG_RULE),
  HEALTH_DELIVERY_REQUIRED("health.delivery-required", "false", Setting.FLAG_RULE),
  HEALTH_LIVENESS("health.liveness", "true", Setting.FLAG_RULE);

  /** What all keys begin with. */
  public static final String PREFIX = "belfry.";

  private static final String FLAG_RULE = "true or false";

  private final String leaf;
  private final String defaultValue;
  private final String rule;
  private final Secrecy secrecy;

  Setting(String leaf, String defaultValue, String rule) {
    this(leaf, defaultValue, rule, Secrecy.PUBLIC);
  }

  Setting(String leaf, String defaultValue, String rule, Secrecy secrecy) {
    this.leaf = leaf;
    this.defaultValue = defaultValue;
    this.rule = rule;
    this.secrecy = secrecy;
  }

  /** The MicroProfile Config key. */
  public String key() {
    return PREFIX + leaf;
  }

  /** The value where none is configured, as text. */
  public String defaultValue() {
    return defaultValue;
  }

  /** What a value has to be, for people. */
  public String rule() {
    return rule;
  }

  /** Whether values must not be shown to anybody, not even wrong ones. */
  public boolean isSecret() {
    return secrecy == Secrecy.SECRET;
  }

  private enum Secrecy {
    PUBLIC,
    SECRET
  }
}
