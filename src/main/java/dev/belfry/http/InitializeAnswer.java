package dev.belfry.http;

import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What an application has answered to {@code initialize} so far.
 *
 * @param contentType empty if it has said none
 * @param text JSON, or an event stream whose events are JSON
 */
record InitializeAnswer(Optional<String> contentType, String text) {

  private static final String EVENT_STREAM = "text/event-stream";

  private static final String RESULT = "result";

  InitializeAnswer {
    contentType = contentType.map(type -> type.toLowerCase(Locale.ROOT));
  }

  /** Whether it is a result, neither an error nor anything else. */
  boolean isResult() {
    return response().filter(response -> response.containsKey(RESULT)).isPresent();
  }

  /** Whether it is a result, or may be the beginning of one. */
  boolean mayBecomeResult() {
    return contentType
            .filter(type -> isEventStream() || type.startsWith("application/json"))
            .isPresent()
        && response().map(response -> response.containsKey(RESULT)).orElse(true);
  }

  /** The revision that the application has chosen; empty if it is not known yet. */
  Optional<String> protocolVersion() {
    return response()
        .map(response -> response.get(RESULT))
        .filter(JsonObject.class::isInstance)
        .map(result -> ((JsonObject) result).get("protocolVersion"))
        .filter(JsonString.class::isInstance)
        .map(version -> ((JsonString) version).getString());
  }

  // Before the response an event stream may have notifications.
  private Optional<JsonObject> response() {
    return messages()
        .flatMap(message -> JsonRpcMessage.parse(message).stream())
        .filter(JsonObject.class::isInstance)
        .map(JsonObject.class::cast)
        .filter(message -> message.containsKey(RESULT) || message.containsKey("error"))
        .findFirst();
  }

  private Stream<String> messages() {
    return isEventStream()
        ? Arrays.stream(text.split("\r?\n\r?\n")).map(InitializeAnswer::data)
        : Stream.of(text);
  }

  private boolean isEventStream() {
    return contentType.filter(type -> type.startsWith(EVENT_STREAM)).isPresent();
  }

  private static String data(String event) {
    return event
        .lines()
        .filter(line -> line.startsWith("data:"))
        .map(line -> line.substring("data:".length()))
        .collect(Collectors.joining("\n"));
  }
}
