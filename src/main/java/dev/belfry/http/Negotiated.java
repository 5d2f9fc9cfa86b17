package dev.belfry.http;

import static java.util.Objects.requireNonNull;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import java.util.Optional;

/**
 * What client and server agreed on with {@code initialize}. Stored with the session, so that every
 * replica knows it.
 *
 * @param protocolVersion the revision that the server chose
 * @param clientInfo the client's name and version, as it says itself
 * @param capabilities what the client can do
 */
public record Negotiated(String protocolVersion, JsonObject clientInfo, JsonObject capabilities) {

  private static final String PROTOCOL_VERSION = "protocolVersion";
  private static final String CLIENT_INFO = "clientInfo";
  private static final String CAPABILITIES = "capabilities";

  public Negotiated {
    requireNonNull(protocolVersion, "protocolVersion");
    requireNonNull(clientInfo, "clientInfo");
    requireNonNull(capabilities, "capabilities");
  }

  /** Reads what {@link #toJson} wrote; empty if that is something else. */
  static Optional<Negotiated> of(JsonObject json) {
    return json.get(PROTOCOL_VERSION) instanceof JsonString version
            && json.get(CLIENT_INFO) instanceof JsonObject clientInfo
            && json.get(CAPABILITIES) instanceof JsonObject capabilities
        ? Optional.of(new Negotiated(version.getString(), clientInfo, capabilities))
        : Optional.empty();
  }

  JsonObject toJson() {
    return Json.createObjectBuilder()
        .add(PROTOCOL_VERSION, protocolVersion)
        .add(CLIENT_INFO, clientInfo)
        .add(CAPABILITIES, capabilities)
        .build();
  }
}
