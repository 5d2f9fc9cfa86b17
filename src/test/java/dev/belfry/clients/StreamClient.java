package dev.belfry.clients;

import java.util.List;

/** A client that somebody else wrote, used as its documentation says. Thread-safe. */
interface StreamClient extends AutoCloseable {

  /** Opens its stream. It may return before the stream is open. */
  void connect();

  /** What it has told its user, in that order: the texts of the events. */
  List<String> received();

  /** Hangs up for good. */
  @Override
  void close();
}
