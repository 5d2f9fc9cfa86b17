package dev.belfry.http;

import static java.util.Objects.requireNonNull;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonBuilderFactory;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
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

  private static final JsonBuilderFactory BUILDERS = Json.createBuilderFactory(Map.of());

  /** The method of notifications about one resource, whose {@code uri} is in the parameters. */
  public static final String RESOURCE_UPDATED = "notifications/resources/updated";

  private static final String RESOURCE_SUBSCRIPTIONS = "resourceSubscriptions";

  private static final int MAX_RESOURCES = 100;
  private static final int MAX_URI = 2_048;

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

  /**
   * Reads the parameters of {@code subscriptions/listen}.
   *
   * @return empty if they are malformed, or name more than {@value #MAX_RESOURCES} resources or one
   *     of more than {@value #MAX_URI} characters
   */
  static Optional<ListenRequest> of(JsonValue id, JsonObject params) {
    if (!(params.get("notifications") instanceof JsonObject filter)
        || !Stream.of(NotificationType.values()).allMatch(type -> isFlag(filter, type))) {
      return Optional.empty();
    }
    return resources(filter).map(resources -> new ListenRequest(id, types(filter), resources));
  }

  private static boolean isFlag(JsonObject filter, NotificationType type) {
    JsonValue value = filter.getOrDefault(type.member(), JsonValue.FALSE);
    return value.equals(JsonValue.TRUE) || value.equals(JsonValue.FALSE);
  }

  private static Set<NotificationType> types(JsonObject filter) {
    return Stream.of(NotificationType.values())
        .filter(type -> JsonValue.TRUE.equals(filter.get(type.member())))
        .collect(Collectors.toSet());
  }

  private static Optional<Set<String>> resources(JsonObject filter) {
    JsonValue value = filter.getOrDefault(RESOURCE_SUBSCRIPTIONS, JsonValue.EMPTY_JSON_ARRAY);
    return value instanceof JsonArray uris
            && uris.size() <= MAX_RESOURCES
            && uris.stream().allMatch(ListenRequest::isUri)
        ? Optional.of(
            uris.getValuesAs(JsonString.class).stream()
                .map(JsonString::getString)
                .collect(Collectors.toSet()))
        : Optional.empty();
  }

  private static boolean isUri(JsonValue value) {
    return value instanceof JsonString uri && uri.getString().length() <= MAX_URI;
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
    JsonObjectBuilder filter = BUILDERS.createObjectBuilder();
    types.stream().sorted().forEach(type -> filter.add(type.member(), true));
    if (!resources.isEmpty()) {
      filter.add(RESOURCE_SUBSCRIPTIONS, BUILDERS.createArrayBuilder(resources));
    }
    return filter.build();
  }
}
