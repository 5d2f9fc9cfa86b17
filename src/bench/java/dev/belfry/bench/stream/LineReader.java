package dev.belfry.bench.stream;

import java.io.IOException;

/** Gives a listener the lines of an answer. */
final class LineReader implements StreamReader {
  private final StreamListener listener;
  private final ResponseLines response = new ResponseLines(this::line);
  private boolean left;

  LineReader(StreamListener listener) {
    this.listener = listener;
  }

  @Override
  public boolean take(byte[] bytes, int count) throws IOException {
    response.take(bytes, count);
    if (!left && response.isOver()) {
      throw new IOException("ended by the server");
    }
    return !left;
  }

  // One read may bring more lines than the listener stays for.
  private void line(String line) {
    left = left || !listener.line(line);
  }

  @Override
  public void lost(String reason) {
    listener.lost(reason);
  }
}
