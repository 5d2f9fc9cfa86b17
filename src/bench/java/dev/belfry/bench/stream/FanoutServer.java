package dev.belfry.bench.stream;

import java.net.URI;
import java.time.Duration;

/** What brings events to streams. */
interface FanoutServer extends AutoCloseable {

  /** Where an event is posted. */
  URI events();

  /** What a stream is opened with. */
  URI stream();

  /** What its processes have used so far. */
  Duration processorTime();

  @Override
  void close();
}
