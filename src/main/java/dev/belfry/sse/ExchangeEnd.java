package dev.belfry.sse;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;

/** Abandons a stream when the container ends its exchange. */
record ExchangeEnd(EventStream stream) implements AsyncListener {

  @Override
  public void onComplete(AsyncEvent event) {
    stream.abandon();
  }

  @Override
  public void onTimeout(AsyncEvent event) {
    stream.abandon();
  }

  @Override
  public void onError(AsyncEvent event) {
    stream.abandon();
  }

  @Override
  public void onStartAsync(AsyncEvent event) {
    // A new cycle of the same exchange: the stream goes on.
  }
}
