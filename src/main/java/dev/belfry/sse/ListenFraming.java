package dev.belfry.sse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.belfry.event.EventId;
import dev.belfry.event.Reset;
import dev.belfry.http.ListenRequest;
import jakarta.json.Json;
import jakarta.json.JsonBuilderFactory;
import jakarta.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The answer to {@code subscriptions/listen}: acknowledged first, then the notifications that were
 * asked for, each with the subscription's id, and a result at the end. Its client cannot come back
 * to a place: frames have none.
 *
 * @param resetNotifications what clients are sent when events are missing
 * @see <a
 *     href="https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions">MCP
 *     specification, revision 2026-07-28, Subscriptions</a>
 */
record ListenFraming(Client client, ListenRequest listen, List<String> resetNotifications)
    implements Framing {

  private static final JsonBuilderFactory BUILDERS = Json.createBuilderFactory(Map.of());

  private static final String ACKNOWLEDGED = "notifications/subscriptions/acknowledged";

  ListenFraming {
    requireNonNull(client, "client");
    requireNonNull(listen, "listen");
    resetNotifications = List.copyOf(resetNotifications);
  }

  @Override
  public byte[] primer(Optional<EventId> place) {
    return notification(
        ACKNOWLEDGED,
        BUILDERS.createObjectBuilder().add("notifications", listen.notifications()).build());
  }

  @Override
  public byte[] event(EventFrame frame) {
    return frame
        .subscribed()
        .filter(event -> client.belongsTo(frame.audience()))
        .filter(event -> listen.includes(event.method(), event.params()))
        .map(event -> event.in(subscriptionId()))
        .orElse(NOTHING);
  }

  private byte[] subscriptionId() {
    return listen.id().toString().getBytes(UTF_8);
  }

  private byte[] notification(String method, JsonObject params) {
    return SubscribedFrame.of(method, params).in(subscriptionId());
  }

  @Override
  public byte[] reset(Reset reset) {
    return Frames.inOne(
        Stream.concat(
                resetNotifications.stream()
                    .filter(method -> listen.includes(method, JsonObject.EMPTY_JSON_OBJECT))
                    .map(method -> notification(method, JsonObject.EMPTY_JSON_OBJECT)),
                listen.resources().stream()
                    .map(uri -> BUILDERS.createObjectBuilder().add("uri", uri).build())
                    .map(params -> notification(ListenRequest.RESOURCE_UPDATED, params)))
            .toArray(byte[][]::new));
  }

  @Override
  public byte[] heartbeat(Optional<EventId> untold) {
    return Frames.HEARTBEAT;
  }

  @Override
  public byte[] farewell(Optional<EventId> untold) {
    JsonObject result =
        BUILDERS
            .createObjectBuilder()
            .add("jsonrpc", "2.0")
            .add("id", listen.id())
            .add(
                "result",
                BUILDERS
                    .createObjectBuilder()
                    .add("resultType", "complete")
                    .add(
                        "_meta",
                        BUILDERS
                            .createObjectBuilder()
                            .add(SubscribedFrame.SUBSCRIPTION_ID, listen.id())))
            .build();
    return ("data: " + result + "\n\n").getBytes(UTF_8);
  }
}
