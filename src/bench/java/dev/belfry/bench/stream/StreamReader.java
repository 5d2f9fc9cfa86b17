package dev.belfry.bench.stream;

import java.io.IOException;

/** Takes in one stream's answer as it comes. Called by one thread, which it must not hold up. */
interface StreamReader {

  /**
   * Takes the first bytes of an array, so many; the array is used again.
   *
   * @return whether to stay; if not, the client hangs up, and nothing more is called
   * @throws IOException if the answer is not what it should be, or is over
   */
  boolean take(byte[] bytes, int count) throws IOException;

  /** The stream was not opened, was broken or was ended by the server: not by this client. */
  void lost(String reason);
}
