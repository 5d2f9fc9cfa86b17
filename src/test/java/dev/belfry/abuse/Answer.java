package dev.belfry.abuse;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One answer of the server.
 *
 * @param headers the lines, as they came
 * @param body each character one byte; of a stream only the beginning
 */
record Answer(int status, List<String> headers, String body) {

  Answer {
    headers = List.copyOf(headers);
  }

  /** The value of a header; empty if there is none. */
  Optional<String> header(String name) {
    String prefix = name.toLowerCase(Locale.ROOT) + ":";
    return headers.stream()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
        .map(line -> line.substring(prefix.length()).strip())
        .findFirst();
  }

  boolean isEventStream() {
    return header("Content-Type").orElse("").startsWith("text/event-stream");
  }
}
