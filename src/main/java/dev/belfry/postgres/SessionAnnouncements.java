package dev.belfry.postgres;

import dev.belfry.config.BelfrySettings;
import dev.belfry.event.ServerEvent;
import dev.belfry.session.Session;
import dev.belfry.session.SessionCreated;
import dev.belfry.session.SessionDeleted;
import dev.belfry.session.SessionEvent;
import dev.belfry.session.SessionExpired;
import dev.belfry.session.SessionRevived;
import dev.belfry.session.SessionRotated;
import dev.belfry.session.StateRules;
import dev.belfry.session.UnreadableStateException;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * What all replicas are told of changes of sessions. The statement that makes a change also puts
 * the announcement into the outbox, so that there is one exactly if the change was committed; from
 * there it reaches all replicas as an event of a topic of Belfry's own.
 */
final class SessionAnnouncements {

  /** The topic of the announcements. */
  static final String TOPIC = "belfry:sessions";

  /**
   * Announces the rows of the WITH query {@code told}. Never updates, so that no replica waits for
   * another.
   */
  private static final String ANNOUNCE =
      """
      , announcement AS (
        SELECT '{"method":"%s","topic":"%s","params":{' || %s || '}}' AS payload FROM told),
      announced AS (
        INSERT INTO {outbox} (channel, payload, bytes)
        SELECT %s, payload::json, octet_length(payload) FROM announcement)
      """;

  private static final String ID_AND_USER =
      """
      '"id":' || to_json(id) || ',"user":' || to_json(user_id)""";

  /**
   * What happened, and what is said of it: the members, in SQL, of columns of {@code told}. Put
   * together as text, in half the time that {@code json_build_object} takes.
   */
  enum Kind {
    CREATED("belfry/session/created", ID_AND_USER),
    CHANGED("belfry/session/changed", "'\"id\":' || to_json(id)"),
    DELETED("belfry/session/deleted", ID_AND_USER),
    REVIVED("belfry/session/revived", ID_AND_USER),
    ROTATED(
        "belfry/session/rotated",
        """
        '"id":' || to_json(old_id) || ',"user":' || to_json(user_id) || ',"newId":' || to_json(id)"""),

    /** With its state and what was negotiated, unless larger than Belfry stores it. */
    EXPIRED(
        "belfry/session/expired",
        ID_AND_USER
            + """
               || ',"createdAt":' || to_json(created_at)
              || ',"lastActiveAt":' || to_json(last_active_at)
              || ',"expiresAt":' || to_json(expires_at)
              || ',"version":' || version
              || ',"state":'
              || CASE WHEN octet_length(state) <= %1$d THEN state ELSE '{}' END
              || ',"negotiated":'
              || CASE WHEN octet_length(negotiated) <= %2$d THEN negotiated ELSE '{}' END
              """);

    private final String method;
    private final String members;

    Kind(String method, String members) {
      this.method = method;
      this.members = members;
    }
  }

  private static final Logger LOG = System.getLogger(SessionAnnouncements.class.getName());

  private final String channel;
  private final EventTables tables;
  private final boolean lifeCycle;
  private final boolean changes;
  private final int maxStateBytes;

  /**
   * @param settings the log that announcements go through, and what is announced: life cycles, and
   *     changes of the state for those who keep sessions in memory
   */
  SessionAnnouncements(BelfrySettings settings) {
    this.channel = settings.events().channel();
    this.tables = new EventTables(settings.schema().name());
    this.lifeCycle = settings.session().events();
    this.changes = settings.session().cache().maxCount() > 0;
    this.maxStateBytes = stored(settings.session().maxStateBytes());
  }

  // Stored, JSON is larger than what the limit is for: PostgreSQL adds blanks, and what is
  // encrypted
  // is in Base64.
  private static int stored(int bytes) {
    return 2 * bytes + 1_024;
  }

  /** Whether there is anything to tell of. */
  boolean announces(Kind kind) {
    return kind == Kind.CHANGED ? changes : lifeCycle || (changes && kind != Kind.CREATED);
  }

  /**
   * More WITH queries for a statement that has {@code told}; empty if it is not to be announced.
   */
  String sql(Kind kind) {
    return announces(kind)
        ? tables.complete(
            ANNOUNCE.formatted(
                kind.method,
                TOPIC,
                kind.members.formatted(maxStateBytes, stored(StateRules.MAX_NEGOTIATED_BYTES)),
                SessionTable.literal(channel)))
        : "";
  }

  /**
   * Reads an announcement.
   *
   * @return which session it is about, as stored, and what is told to the application: nothing of
   *     mere changes; empty if this version does not know it
   */
  static Optional<Announcement> read(ServerEvent event, SessionCodec codec) {
    JsonObject params = event.params();
    String id = params.getString("id", "");
    if (id.isEmpty()) {
      return Optional.empty();
    }
    return event.method().equals(Kind.CHANGED.method)
        ? Optional.of(new Announcement(id, Optional.empty()))
        : lifeCycleEvent(event.method(), id, params, codec)
            .map(told -> new Announcement(id, Optional.of(told)));
  }

  /** What {@link #read} reads. */
  record Announcement(String storedId, Optional<SessionEvent> event) {}

  private static Optional<SessionEvent> lifeCycleEvent(
      String method, String id, JsonObject params, SessionCodec codec) {
    String user = params.getString("user", "");
    if (method.equals(Kind.CREATED.method)) {
      return Optional.of(new SessionCreated(id, user));
    }
    if (method.equals(Kind.DELETED.method)) {
      return Optional.of(new SessionDeleted(id, user));
    }
    if (method.equals(Kind.REVIVED.method)) {
      return Optional.of(new SessionRevived(id, user));
    }
    if (method.equals(Kind.ROTATED.method)) {
      return Optional.of(new SessionRotated(id, params.getString("newId"), user));
    }
    return method.equals(Kind.EXPIRED.method)
        ? Optional.of(new SessionExpired(session(id, user, params, codec)))
        : Optional.empty();
  }

  private static Session session(String id, String user, JsonObject params, SessionCodec codec) {
    return new Session(
        id,
        user,
        instant(params, "createdAt"),
        instant(params, "lastActiveAt"),
        instant(params, "expiresAt"),
        object(id, params, "state", codec::decode),
        params.getJsonNumber("version").longValue(),
        object(id, params, "negotiated", codec::decodeNegotiated));
  }

  // A session that has expired is told of, also if nobody can read any more what was in it, or an
  // older version does not tell.
  private static JsonObject object(
      String id, JsonObject params, String member, BiFunction<String, String, JsonObject> decoder) {
    try {
      return decoder.apply(id, params.getOrDefault(member, JsonValue.EMPTY_JSON_OBJECT).toString());
    } catch (UnreadableStateException unreadable) {
      LOG.log(
          Level.WARNING,
          "A session has expired, told without its {0}: {1}",
          member,
          unreadable.getMessage());
      return JsonValue.EMPTY_JSON_OBJECT;
    }
  }

  private static Instant instant(JsonObject params, String name) {
    return OffsetDateTime.parse(params.getString(name)).toInstant();
  }
}
