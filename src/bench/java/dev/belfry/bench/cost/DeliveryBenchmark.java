package dev.belfry.bench.cost;

import dev.belfry.event.ServerEvent;
import dev.belfry.event.Subscription;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** An event within one process: published, kept in the log, heard by one subscriber. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DeliveryBenchmark {
  private final ServerEvent event = Sample.event(Sample.SMALL);
  private OneProcess process;
  private Subscription subscription;

  @Setup
  public void open() {
    process = new OneProcess();
    subscription = process.broadcaster().subscribe(1);
  }

  @TearDown
  public void close() {
    process.close();
  }

  @Benchmark
  public Optional<ServerEvent> deliver() throws InterruptedException {
    process.broadcaster().publish(event);
    return subscription.next(Duration.ZERO);
  }
}
