package dev.belfry.config;

import java.time.Duration;
import java.util.Set;

/**
 * All settings, valid. What each means is said in {@code src/site/markdown/configuration.md}.
 *
 * @param backend where sessions and events are kept
 * @param dataSource the JNDI name of the DataSource
 * @param session of the session store
 * @param events of the broadcaster
 * @param listener of the connection that LISTENs
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
   * @param bufferSize how many events may wait for one subscriber
   */
  public record Events(String channel, OnListenFailure onListenFailure, int bufferSize) {}

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
   * @param retry how long a client should wait before it connects again
   */
  public record Streams(Duration heartbeat, Duration retry) {}

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
   * @param deliveryRequired whether a replica that is not {@code LIVE} is not ready
   */
  public record Health(
      boolean database, boolean delivery, boolean deliveryRequired, boolean liveness) {}
}
