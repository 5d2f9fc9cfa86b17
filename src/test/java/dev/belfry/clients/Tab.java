package dev.belfry.clients;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A tab of {@link Chromium} with a page: a client of the DevTools protocol. For one thread. */
final class Tab implements AutoCloseable {

  private static final int LIMIT_SECONDS = 20;

  private final WebSocket socket;
  private final AtomicInteger commands = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonObject>> answers = new ConcurrentHashMap<>();
  private final CompletableFuture<Void> loaded = new CompletableFuture<>();
  private final List<JsonObject> responses = new CopyOnWriteArrayList<>();

  /** Waits until the page is there. */
  Tab(HttpClient http, URI devTools, URI page) {
    socket = http.newWebSocketBuilder().buildAsync(devTools, new Messages()).join();
    send("Page.enable", Json.createObjectBuilder());
    send("Network.enable", Json.createObjectBuilder());
    send("Page.navigate", Json.createObjectBuilder().add("url", page.toString()));
    loaded.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
  }

  /**
   * What an expression of JavaScript, or its promise, comes to in the page.
   *
   * @return as text
   */
  String evaluate(String expression) {
    JsonObject answer =
        send(
            "Runtime.evaluate",
            Json.createObjectBuilder()
                .add("expression", expression)
                .add("awaitPromise", true)
                .add("returnByValue", true));
    if (answer.containsKey("exceptionDetails")) {
      throw new IllegalStateException(expression + ": " + answer.get("exceptionDetails"));
    }
    JsonValue value = answer.getJsonObject("result").getOrDefault("value", JsonValue.NULL);
    return value instanceof JsonString text ? text.getString() : value.toString();
  }

  /** The statuses of all answers that have come from a URL, whoever may read them. */
  List<Integer> statuses(URI url) {
    return responses.stream()
        .filter(response -> response.getString("url").equals(url.toString()))
        .map(response -> response.getInt("status"))
        .toList();
  }

  private JsonObject send(String method, JsonObjectBuilder parameters) {
    int id = commands.incrementAndGet();
    CompletableFuture<JsonObject> answer = new CompletableFuture<>();
    answers.put(id, answer);
    String command =
        Json.createObjectBuilder()
            .add("id", id)
            .add("method", method)
            .add("params", parameters)
            .build()
            .toString();
    socket.sendText(command, true).join();
    return answer.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
  }

  private void take(JsonObject message) {
    if (message.containsKey("id")) {
      CompletableFuture<JsonObject> answer = answers.remove(message.getInt("id"));
      if (message.containsKey("error")) {
        answer.completeExceptionally(new IllegalStateException(message.get("error").toString()));
      } else {
        answer.complete(message.getJsonObject("result"));
      }
      return;
    }
    switch (message.getString("method")) {
      case "Page.loadEventFired" -> loaded.complete(null);
      case "Network.responseReceived" ->
          responses.add(message.getJsonObject("params").getJsonObject("response"));
      default -> {
        // Much else happens.
      }
    }
  }

  /** Stops listening; the page goes with its browser. */
  @Override
  public void close() {
    socket.abort();
  }

  private final class Messages implements WebSocket.Listener {
    private final StringBuilder message = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence part, boolean last) {
      message.append(part);
      if (last) {
        take(Json.createReader(new StringReader(message.toString())).readObject());
        message.setLength(0);
      }
      webSocket.request(1);
      return null;
    }
  }
}
