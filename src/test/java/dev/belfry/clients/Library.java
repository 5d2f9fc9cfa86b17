package dev.belfry.clients;

/** A library that has a client, and how that client comes back when its stream has ended. */
enum Library {
  /** The standard API of Jakarta REST. */
  JERSEY(Resumption.EXACT),
  /** Its user opens the next stream, with the last id. */
  OKHTTP_SSE(Resumption.EXACT),
  LAUNCHDARKLY(Resumption.EXACT),
  MCP_SDK(Resumption.NONE),
  LANGCHAIN4J(Resumption.REPEATING);

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

  /** A new client, not connected yet. */
  StreamClient client(Address address) {
    return switch (this) {
      case JERSEY -> new JerseyClient(address.uri("/api/events"));
      case OKHTTP_SSE -> new OkHttpClient(address.uri("/api/events"));
      case LAUNCHDARKLY -> new LaunchDarklyClient(address.uri("/api/events"));
      case MCP_SDK -> new JavaSdkClient(address.uri("/"));
      case LANGCHAIN4J -> new LangChainClient(address.uri("/mcp"));
    };
  }
}
