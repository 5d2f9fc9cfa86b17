package dev.belfry.config;

import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
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

  /** What to do when a user has as many sessions as one may have, and creates another. */
  public enum OnLimit {
    /** Delete the one that has been inactive for the longest time. */
    EVICT_OLDEST,
    /** Refuse the new one. */
    REFUSE
  }

  /** Whether an expired session comes back when its owner does. */
  public enum Revive {
    /** Within the revive window after its expiry. */
    WITHIN_WINDOW,
    NEVER
  }

  /** What becomes of callers who have no credential. */
  public enum Anonymous {
    /** They can have sessions, which belong to everybody who knows their ids. */
    ALLOW,
    /** They get nothing. */
    REFUSE
  }

  /**
   * The session store's settings.
   *
   * @param timeToLive after the creation or the last touch
   * @param maxLifetime after the creation, however often it is touched; empty for no such limit
   * @param reviveWindow how long a session is remembered after its end
   * @param revive whether an expired one comes back within that time when its owner does
   * @param cleanupInterval how often ended sessions are looked for
   * @param touchInterval how often one session is touched at most
   * @param touchWindow how long touches wait to share one statement
   * @param table the table's name
   * @param maxPerUser how many live sessions a user may have; 0 for any number
   * @param onLimit what to do with one more
   * @param maxStateBytes how large a state may be, as JSON in UTF-8
   * @param attributes JSON pointers of what sessions can be looked for by
   * @param events whether all replicas are told what happens to sessions
   * @param cache of the sessions in this process
   * @param atRest how ids and states are stored
   */
  public record Sessions(
      Duration timeToLive,
      Optional<Duration> maxLifetime,
      Duration reviveWindow,
      Revive revive,
      Duration cleanupInterval,
      Duration touchInterval,
      Duration touchWindow,
      String table,
      int maxPerUser,
      OnLimit onLimit,
      int maxStateBytes,
      Set<String> attributes,
      boolean events,
      SessionCache cache,
      AtRest atRest) {

    public Sessions {
      attributes = Set.copyOf(attributes);
    }
  }

  /**
   * What is kept of sessions in this process.
   *
   * @param maxCount how many; 0 for no cache
   * @param maxBytes how much of their state, about
   * @param maxAge for how long each
   */
  public record SessionCache(int maxCount, int maxBytes, Duration maxAge) {}

  /**
   * How ids and states are stored.
   *
   * @param hashIds whether the hash of an id stands for it
   * @param encryptionKeys AES keys of 256 bits, by name, the one to encrypt with first; none:
   *     states are not encrypted
   */
  public record AtRest(boolean hashIds, List<EncryptionKey> encryptionKeys) {

    public AtRest {
      encryptionKeys = List.copyOf(encryptionKeys);
    }
  }

  /** A key. Immutable, and does not show itself. */
  public static final class EncryptionKey {

    /** How many bytes a key has: 256 bits. */
    public static final int LENGTH = 32;

    private final String name;
    private final byte[] bytes;

    /**
     * A key.
     *
     * @param name says which key something is encrypted with: 1 to 32 letters, digits, _ and -
     * @param bytes the key itself: {@value #LENGTH} bytes
     */
    public EncryptionKey(String name, byte[] bytes) {
      if (!isName(name)) {
        throw new IllegalArgumentException("name must be 1 to 32 letters, digits, _ and -");
      }
      if (bytes.length != LENGTH) {
        throw new IllegalArgumentException(
            "bytes must be " + LENGTH + "; those of key " + name + " are " + bytes.length);
      }
      this.name = name;
      this.bytes = bytes.clone();
    }

    /** Whether a key can be called so. */
    public static boolean isName(String name) {
      return Identifiers.isKeyName(name);
    }

    public String name() {
      return name;
    }

    public byte[] bytes() {
      return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof EncryptionKey key
          && name.equals(key.name)
          && MessageDigest.isEqual(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
      return name.hashCode();
    }

    @Override
    public String toString() {
      return "EncryptionKey[" + name + "]";
    }
  }

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
   * @param maxLifetime how long a stream lasts at most, about
   * @param drain within what time streams end when the application stops
   * @param resetNotifications what the stream of a session is sent when events are missing
   */
  public record Streams(
      Duration heartbeat,
      Duration retry,
      int bufferBytes,
      Duration maxLifetime,
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
   * @param allowedHosts the names that the server may be called by, in lower case; empty for any
   * @param anonymous what becomes of callers without a credential
   * @param protocolVersions the revisions of the MCP specification that are served, oldest first
   * @param maxBody how many bytes the body of a request may have
   * @param bodyTimeout how long it may take to come
   */
  public record Http(
      Set<String> allowedOrigins,
      Set<String> allowedHosts,
      Anonymous anonymous,
      List<String> protocolVersions,
      int maxBody,
      Duration bodyTimeout) {

    public Http {
      allowedOrigins = Set.copyOf(allowedOrigins);
      allowedHosts = Set.copyOf(allowedHosts);
      protocolVersions = List.copyOf(protocolVersions);
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
