package dev.belfry.bench.event;

import java.util.function.LongConsumer;

/** One way to bring events to those who listen. Thread-safe; one listener is open with it. */
interface Transport extends AutoCloseable {

  /** Returns when the event is accepted, as this way defines it. */
  void publish(Mark mark) throws Exception;

  @Override
  void close() throws Exception;

  /** Opens a way of this kind. */
  @FunctionalInterface
  interface Opener {

    /**
     * Returns when it is listened to.
     *
     * @param ear is told when each event that arrives was sent
     */
    Transport open(LongConsumer ear) throws Exception;
  }
}
