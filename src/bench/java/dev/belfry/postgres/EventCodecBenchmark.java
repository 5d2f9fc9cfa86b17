package dev.belfry.postgres;

import dev.belfry.bench.cost.Sample;
import dev.belfry.event.EventId;
import dev.belfry.event.ServerEvent;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** An event on its way into the log, and out of it. In the package of what it measures. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EventCodecBenchmark {
  private static final int MAX_BYTES = 1024 * 1024;
  private static final String DELIVERED_BY = "";

  private final EventCodec codec = new EventCodec(MAX_BYTES);
  private final ServerEvent event = Sample.event(Sample.SMALL);
  private final String json = codec.encode(event, DELIVERED_BY).json();
  private final EventId id = new EventId("epoch1", 1_000_000);

  @Benchmark
  public Object encode() {
    return codec.encode(event, DELIVERED_BY);
  }

  @Benchmark
  public Object decode() {
    return EventCodec.decode(json, id);
  }
}
