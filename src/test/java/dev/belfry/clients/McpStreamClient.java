package dev.belfry.clients;

import java.util.Map;
import java.util.Set;

/**
 * A client that has a session, and calls tools in it. Every method throws what the client throws at
 * its user. Thread-safe.
 */
interface McpStreamClient extends StreamClient {

  /** What a tool answers; also when that is an error. */
  String call(String tool, Map<String, String> arguments);

  /** The names of the tools, as the client shows them to its user. */
  Set<String> tools();
}
