package dev.belfry.clients;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A library that has a client, and how that client comes back when its stream has ended. */
enum Library {
  /** The standard API of Jakarta REST. */
  JERSEY(Resumption.EXACT),
  /** Its user opens the next stream, with the last id. */
  OKHTTP_SSE(Resumption.EXACT),
  LAUNCHDARKLY(Resumption.EXACT),
  MCP_SDK(Resumption.NONE),
  LANGCHAIN4J(Resumption.REPEATING),
  NODE_EVENTSOURCE(Resumption.EXACT),
  NODE_SDK_1(Resumption.EXACT),
  NODE_SDK_2(Resumption.EXACT);

  private static final Set<Library> FOR_NODE = EnumSet.of(NODE_EVENTSOURCE, NODE_SDK_1, NODE_SDK_2);

  /** What a client is shown of what is published while it is cut off. */
  enum Resumption {
    /** Everything, once, in order. */
    EXACT,
    /** Everything, some of it more than once. */
    REPEATING,
    /** Nothing, neither of that nor of what comes after it. */
    NONE
  }

  private final Resumption resumption;

  Library(Resumption resumption) {
    this.resumption = resumption;
  }

  Resumption resumption() {
    return resumption;
  }

  /** Those that can be used here. */
  static List<Library> installed() {
    return Stream.of(values())
        .filter(library -> !FOR_NODE.contains(library) || NodePackages.find().isPresent())
        .toList();
  }

  /** Skips the calling test, or fails it, where this one cannot be used: {@link NodePackages}. */
  void assumeInstalled() {
    if (FOR_NODE.contains(this)) {
      NodePackages unused = NodePackages.required();
    }
  }

  /** A new client, not connected yet. */
  StreamClient client(Address address) {
    return switch (this) {
      case JERSEY -> new JerseyClient(address.uri("/api/events"));
      case OKHTTP_SSE -> new OkHttpClient(address.uri("/api/events"));
      case LAUNCHDARKLY -> new LaunchDarklyClient(address.uri("/api/events"));
      case MCP_SDK -> new JavaSdkClient(address.uri("/"));
      case LANGCHAIN4J -> new LangChainClient(address.uri("/mcp"));
      case NODE_EVENTSOURCE -> new NodeStreamClient(address.uri("/api/events"));
      case NODE_SDK_1 -> new NodeMcpClient("mcp-sdk-1.mjs", address.uri("/mcp"));
      case NODE_SDK_2 -> new NodeMcpClient("mcp-sdk-2.mjs", address.uri("/mcp"));
    };
  }
}
