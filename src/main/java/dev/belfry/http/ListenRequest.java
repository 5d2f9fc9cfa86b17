package dev.belfry.http;

import static java.util.Objects.requireNonNull;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a client asks for with {@code subscriptions/listen}.
 *
 * @param id of the JSON-RPC request, a string or a number: it is also the subscription's
 * @param types of the notifications that are wanted
 * @param resources URIs of the resources whose updates are wanted
 * @see <a
 *     href="https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions">MCP
 *     specification, revision 2026-07-28, Subscriptions</a>
 */
public record ListenRequest(JsonValue id, Set<NotificationType> types, Set<String> resources) {

  /** The method of notifications about one resource, whose {@code uri} is in the parameters. */
  public static final String RESOURCE_UPDATED = "notifications/resources/updated";

  private static final String RESOURCE_SUBSCRIPTIONS = "resourceSubscriptions";

  /** Notifications that are wanted or not, whatever they are about. */
  public enum NotificationType {
    TOOLS("toolsListChanged", "notifications/tools/list_changed"),
    PROMPTS("promptsListChanged", "notifications/prompts/list_changed"),
    RESOURCES("resourcesListChanged", "notifications/resources/list_changed");

    private final String member;
    private final String method;

    NotificationType(String member, String method) {
      this.member = member;
      this.method = method;
    }

    String member() {
      return member;
    }

    /** The method of these notifications. */
    public String method() {
      return method;
    }
  }

  public ListenRequest {
    requireNonNull(id, "id");
    types = Set.copyOf(types);
    resources = Set.copyOf(resources);
  }

  /** Whether anybody can ask for such notifications. */
  public static boolean canInclude(String method) {
    return method.equals(RESOURCE_UPDATED)
        || Stream.of(NotificationType.values()).anyMatch(type -> type.method().equals(method));
  }

  /** Whether a notification is wanted. */
  public boolean includes(String method, JsonObject params) {
    if (method.equals(RESOURCE_UPDATED)) {
      return params.get("uri") instanceof JsonString uri && resources.contains(uri.getString());
    }
    return types.stream().anyMatch(type -> type.method().equals(method));
  }

  /** The filter in the form of the protocol: what is acknowledged. */
  public JsonObject notifications() {
    JsonObjectBuilder filter = Json.createObjectBuilder();
    types.stream().sorted().forEach(type -> filter.add(type.member(), true));
    if (!resources.isEmpty()) {
      filter.add(RESOURCE_SUBSCRIPTIONS, Json.createArrayBuilder(resources));
    }
    return filter.build();
  }
}
