package dev.belfry.event;

import static java.util.Objects.requireNonNull;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Something that happened on the server and that others should hear of, in the form of a JSON-RPC
 * notification.
 *
 * @param method what happened, for example {@code notifications/tools/list_changed}; not blank, no
 *     control characters, at most {@value #MAX_METHOD} characters
 * @param params the details; empty if there are none
 * @param topic for whom on the servers; empty for clients too. An event with a topic never leaves
 *     the servers: no stream gets it
 * @param audience which clients' streams get it
 * @param id its place in the log; empty before it is published, and for events that are in no log,
 *     such as those of the original
 */
public record ServerEvent(
    String method, JsonObject params, String topic, Audience audience, Optional<EventId> id) {

  /** The longest method, in characters: methods appear in logs. */
  public static final int MAX_METHOD = 255;

  private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9._:/-]{0,100}");

  public ServerEvent {
    if (requireNonNull(method, "method").isBlank()
        || method.length() > MAX_METHOD
        || hasControlCharacter(method)) {
      throw new IllegalArgumentException(
          "An event's method must not be blank, longer than %d characters, or hold control characters"
              .formatted(MAX_METHOD));
    }
    requireNonNull(params, "params");
    if (!requireNonNull(topic, "topic").isEmpty() && !TOPIC.matcher(topic).matches()) {
      throw new IllegalArgumentException(
          "A topic has at most 100 letters, digits and characters . _ : / -");
    }
    requireNonNull(audience, "audience");
    requireNonNull(id, "id");
  }

  private static boolean hasControlCharacter(String text) {
    for (int index = 0; index < text.length(); index++) {
      if (Character.isISOControl(text.charAt(index))) {
        return true;
      }
    }
    return false;
  }

  /** An event without details, for everyone. */
  public static ServerEvent of(String method) {
    return of(method, JsonValue.EMPTY_JSON_OBJECT);
  }

  /** An event with details, for everyone. */
  public static ServerEvent of(String method, JsonObject params) {
    return new ServerEvent(method, params, "", Audience.EVERYONE, Optional.empty());
  }

  /** The same event for the servers only, and there for those that observe this topic. */
  public ServerEvent onTopic(String newTopic) {
    return new ServerEvent(method, params, newTopic, audience, id);
  }

  /** The same event for the stream of one session. */
  public ServerEvent forSession(String sessionId) {
    return new ServerEvent(method, params, topic, new Audience.OfSession(sessionId), id);
  }

  /**
   * The same event for the streams of one user's sessions.
   *
   * @param userId as {@code Session.userId()} has it, which need not be the user's name
   */
  public ServerEvent forUser(String userId) {
    return new ServerEvent(method, params, topic, new Audience.OfUser(userId), id);
  }

  /**
   * Sees to it that applications publish no event of Belfry's own.
   *
   * @throws IllegalArgumentException if its topic begins with {@code belfry:}
   */
  public void requirePublishable() {
    if (isInternal()) {
      throw new IllegalArgumentException("Topics that begin with belfry: are Belfry's own");
    }
  }

  /**
   * The reverse of {@link #requirePublishable}.
   *
   * @throws IllegalArgumentException if its topic does not begin with {@code belfry:}
   */
  public void requireInternal() {
    if (!isInternal()) {
      throw new IllegalArgumentException("The topic of what is Belfry's own begins with belfry:");
    }
  }

  /** Whether it is what replicas tell each other, and none of the application's events. */
  public boolean isInternal() {
    return topic.startsWith("belfry:");
  }

  /** The same event at its place in the log. */
  public ServerEvent at(EventId place) {
    return new ServerEvent(method, params, topic, audience, Optional.of(place));
  }

  /** The same event as it was before it was published. */
  public ServerEvent withoutId() {
    return new ServerEvent(method, params, topic, audience, Optional.empty());
  }
}
