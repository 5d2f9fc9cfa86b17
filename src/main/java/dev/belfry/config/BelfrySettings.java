package dev.belfry.config;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * All settings, valid. What each means is said in {@code src/site/markdown/configuration.md}.
 *
 * @param backend where sessions and events are kept
 * @param dataSource the JNDI name of the DataSource
 * @param session of the session store
 * @param events of the broadcaster
 * @param listener of the connection that LISTENs
 * @param presence of the report of who is there
 * @param stream of the SSE streams
 * @param schema of the database schema
 * @param http of the session filter
 * @param health of the health checks
 */
public record BelfrySettings(
    Backend backend,
    String dataSource,
    Sessions session,
    Events events,
    Listener listener,
    Presence presence,
    Streams stream,
    Schema schema,
    Http http,
    Health health) {

  /** Where sessions and events are kept. */
  public enum Backend {
    /** PostgreSQL if there is a DataSource, else memory. */
    AUTOMATIC,
    POSTGRES,
    MEMORY
  }

  /** What to do when LISTEN does not succeed at the start. */
  public enum OnListenFailure {
    /** Deliver this replica's events to its own subscribers, and go on trying. */
    FALLBACK_TO_MEMORY,
    /** Refuse to start. */
    FAIL
  }

  /** Who is responsible for the database schema. */
  public enum SchemaMode {
    /** Belfry creates and migrates it. */
    CREATE,
    /** Somebody else does; Belfry refuses to work with one that differs. */
    VALIDATE,
    /** Somebody else does; Belfry does not look. */
    NONE
  }

  /** The session store's settings. */
  public record Sessions(
      Duration timeToLive, Duration cleanupInterval, Duration touchInterval, String table) {}

  /**
   * The broadcaster's settings.
   *
   * @param bufferSize how many frames may wait for one stream
   * @param maxSize of an event as JSON, in bytes
   * @param publishTimeout how long an event waits at most until its turn comes
   * @param retention how long events stay in the log
   * @param idempotencyRetention how long keys are kept
   * @param coalescingWindow for how long events of the same key become one
   * @param pollInterval how often the log is looked at where nothing tells of new events
   */
  public record Events(
      String channel,
      OnListenFailure onListenFailure,
      int bufferSize,
      int maxSize,
      Duration publishTimeout,
      Retention retention,
      Duration idempotencyRetention,
      Duration coalescingWindow,
      Duration pollInterval) {}

  /**
   * What the log keeps.
   *
   * @param age how old an event may become
   * @param count how many events there may be
   */
  public record Retention(Duration age, int count) {}

  /**
   * The settings of the presence.
   *
   * @param interval how often each replica reports
   */
  public record Presence(Duration interval) {}

  /**
   * The settings of the connection that LISTENs.
   *
   * @param dataSource the JNDI name of its DataSource
   * @param probeInterval after how long without a message the connection is tested
   * @param reconnectMin how long to wait before the first reconnection
   * @param reconnectMax how long to wait at most between two
   */
  public record Listener(
      String dataSource, Duration probeInterval, Duration reconnectMin, Duration reconnectMax) {}

  /**
   * The settings of the SSE streams.
   *
   * @param heartbeat how often a stream without events shows a sign of life
   * @param retry how long a client should wait at least before it connects again
   * @param bufferBytes how many bytes may wait for one stream
   * @param drain within what time streams end when the application stops
   * @param resetNotifications what the stream of a session is sent when events are missing
   */
  public record Streams(
      Duration heartbeat,
      Duration retry,
      int bufferBytes,
      Duration drain,
      List<String> resetNotifications) {

    public Streams {
      resetNotifications = List.copyOf(resetNotifications);
    }
  }

  /**
   * The database schema's settings.
   *
   * @param name the schema; empty for the connection's own
   */
  public record Schema(SchemaMode mode, String name) {}

  /**
   * The session filter's settings.
   *
   * @param allowedOrigins the origins of browsers allowed in besides the server's own
   * @param maxBody how many bytes of a request the filter reads at most
   */
  public record Http(Set<String> allowedOrigins, int maxBody) {

    public Http {
      allowedOrigins = Set.copyOf(allowedOrigins);
    }
  }

  /**
   * Which health checks there are.
   *
   * @param deliveryRequired whether a replica that events do not reach is not ready
   */
  public record Health(
      boolean database, boolean delivery, boolean deliveryRequired, boolean liveness) {}
}
