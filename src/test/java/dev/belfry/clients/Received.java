package dev.belfry.clients;

import java.util.ArrayList;
import java.util.List;

/** What a client has told its user. Thread-safe. */
final class Received {

  // Guarded by this.
  private final List<String> texts = new ArrayList<>();

  synchronized void add(String text) {
    texts.add(text);
  }

  /** Takes the data of a frame of a public stream. */
  void addFrame(String data) {
    Events.text(data).ifPresent(this::add);
  }

  synchronized List<String> all() {
    return List.copyOf(texts);
  }
}
