package dev.belfry.sse;

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

/** An event that becomes the bytes of all streams. In the package of what it measures. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FramingBenchmark {
  private final ServerEvent event = Sample.event(Sample.SMALL).at(new EventId("epoch1", 1_000_000));

  @Benchmark
  public Object frame() {
    return EventFrame.of(event);
  }
}
