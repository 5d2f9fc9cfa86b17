package dev.belfry.bench.stream;

/** What is done with one stream's text. Called by one thread, which it must not hold up. */
interface StreamListener {

  /**
   * Hears the next line.
   *
   * @return whether to stay; if not, the client hangs up, and nothing more is called
   */
  boolean line(String line);

  /** The stream was not opened, was broken or was ended by the server: not by this client. */
  void lost(String reason);
}
