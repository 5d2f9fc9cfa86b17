package dev.belfry.http;

import static jakarta.json.JsonValue.EMPTY_JSON_OBJECT;
import static java.util.Objects.requireNonNull;

import dev.belfry.session.StateRules;
import dev.belfry.session.StateTooLargeException;
import jakarta.json.Json;
import jakarta.json.JsonBuilderFactory;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What client and server agreed on with {@code initialize}. Stored with the session, so that every
 * replica knows it. Of a request of revision 2026-07-28 it is what the request says of itself.
 *
 * @param protocolVersion the revision that the server chose; empty if it had not said so yet when
 *     the header with the session's id had to go out
 * @param clientInfo the client's name and version, as it says itself; without members if it does
 *     not, or if it says too much to be stored
 * @param capabilities what the client can do; without members if that is too much to be stored
 */
public record Negotiated(String protocolVersion, JsonObject clientInfo, JsonObject capabilities) {

  private static final JsonBuilderFactory BUILDERS = Json.createBuilderFactory(Map.of());

  private static final String PROTOCOL_VERSION = "protocolVersion";
  private static final String CLIENT_INFO = "clientInfo";
  private static final String CAPABILITIES = "capabilities";

  public Negotiated {
    requireNonNull(protocolVersion, "protocolVersion");
    requireNonNull(clientInfo, "clientInfo");
    requireNonNull(capabilities, "capabilities");
  }

  /** More cannot be stored with a session: bytes of JSON in UTF-8. */
  private static final int MAX_BYTES = 65_536;

  /** What an {@code initialize} request says, and what it was answered. */
  static Negotiated of(JsonRpcMessage initialize, Optional<String> protocolVersion) {
    return new Negotiated(
        protocolVersion.orElse(""),
        initialize.paramsMember(CLIENT_INFO),
        initialize.paramsMember(CAPABILITIES));
  }

  /** Reads what {@link #toJson} wrote; empty if that is something else. */
  static Optional<Negotiated> of(JsonObject json) {
    return json.get(PROTOCOL_VERSION) instanceof JsonString version
            && json.get(CLIENT_INFO) instanceof JsonObject clientInfo
            && json.get(CAPABILITIES) instanceof JsonObject capabilities
        ? Optional.of(new Negotiated(version.getString(), clientInfo, capabilities))
        : Optional.empty();
  }

  /**
   * As JSON, without what no session can keep: what is too large, nested too deeply, or holds
   * U+0000. A client that is so strange gets its session all the same.
   */
  JsonObject toStorableJson() {
    Negotiated brief = new Negotiated(protocolVersion, nameAndVersion(), capabilities);
    return Stream.of(
            this,
            brief,
            new Negotiated(protocolVersion, brief.clientInfo, EMPTY_JSON_OBJECT),
            new Negotiated(protocolVersion, EMPTY_JSON_OBJECT, EMPTY_JSON_OBJECT))
        .map(Negotiated::toJson)
        .filter(Negotiated::isStorable)
        .findFirst()
        .orElse(EMPTY_JSON_OBJECT);
  }

  // What makes it large is most likely an icon.
  private JsonObject nameAndVersion() {
    JsonObjectBuilder brief = BUILDERS.createObjectBuilder();
    for (String member : List.of("name", "version")) {
      if (clientInfo.get(member) instanceof JsonString text) {
        brief.add(member, text);
      }
    }
    return brief.build();
  }

  private static boolean isStorable(JsonObject json) {
    try {
      StateRules.requireSize("negotiated", StateRules.requireStorable(json), MAX_BYTES);
      return true;
    } catch (IllegalArgumentException | StateTooLargeException ignored) {
      return false; // The caller tries with less.
    }
  }

  private JsonObject toJson() {
    return BUILDERS
        .createObjectBuilder()
        .add(PROTOCOL_VERSION, protocolVersion)
        .add(CLIENT_INFO, clientInfo)
        .add(CAPABILITIES, capabilities)
        .build();
  }
}
