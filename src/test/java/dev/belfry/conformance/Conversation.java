package dev.belfry.conformance;

import jakarta.json.JsonObject;

/** What can be said to a client while its request is being answered. */
interface Conversation {

  /** Sends a notification before the result. */
  void tell(String method, JsonObject params);

  /**
   * Asks the client something, and waits for the answer, which may come to another replica.
   *
   * @throws RpcException if it does not come
   */
  JsonObject ask(String method, JsonObject params);
}
