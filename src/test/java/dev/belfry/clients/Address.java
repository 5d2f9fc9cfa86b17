package dev.belfry.clients;

import java.net.URI;

/** What clients see in place of the replicas. */
interface Address {

  /**
   * Where to reach something of the demo.
   *
   * @param path with its slash, as {@code /mcp}
   */
  URI uri(String path);
}
