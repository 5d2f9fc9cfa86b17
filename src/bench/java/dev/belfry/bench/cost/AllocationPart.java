package dev.belfry.bench.cost;

import dev.belfry.bench.measure.BenchException;
import dev.belfry.bench.measure.Figure;
import dev.belfry.bench.measure.Goal;
import dev.belfry.bench.measure.Options;
import dev.belfry.bench.measure.Part;
import dev.belfry.bench.measure.Rounds;
import dev.belfry.postgres.EventCodecBenchmark;
import dev.belfry.sse.DistributionBenchmark;
import dev.belfry.sse.FramingBenchmark;
import java.io.File;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Time and memory that single steps take, measured with JMH. */
public final class AllocationPart extends Part {
  private static final int WARM_UP = 3;

  /**
   * Of what one stream allocates for each byte by which a frame is longer. To encode a frame, or to
   * copy it, for each stream would be one byte at least; once for all 1,000 of them it is some
   * thousandths. A tenth is far from both.
   */
  private static final double SHARED = 0.1;

  /**
   * Bytes that a stream allocates whatever the size of the frame. An entry of its queue is a mere
   * reference, in an array that is there already. But whoever writes it has a task, a list of what
   * is to be written, which begins with room for ten, one that says that nothing is left, and the
   * new place: about ten objects of 16 to 56 bytes.
   */
  private static final double BOOKKEEPING = 256;

  private final int iterations;
  private final Duration iteration;

  public AllocationPart(Options options) {
    this.iterations = Rounds.from(options).count();
    this.iteration = options.millis("round-millis", 1_000);
  }

  @Override
  protected void measure() {
    findings.condition(
        "JMH, a JVM for each benchmark, one after the other; %d iterations after %d to warm up."
            .formatted(iterations, WARM_UP));
    findings.condition(
        "Events of %,d bytes or %,d. What one costs for each stream is its distribution to %,d, on one thread, divided by them; the clients take everything at once."
            .formatted(Sample.SMALL, Sample.LARGE, DistributionBenchmark.STREAMS));
    step("encode an event for the log", EventCodecBenchmark.class, "encode");
    step("decode an event of the log", EventCodecBenchmark.class, "decode");
    step("deliver an event in memory", DeliveryBenchmark.class, "deliver");
    step("make the frame of an event", FramingBenchmark.class, "frame");
    Figure small = perStream("for each stream, an event of %,d bytes", false, Sample.SMALL);
    Figure large = perStream("for each stream, an event of %,d bytes", false, Sample.LARGE);
    // Each of these has a frame of its own, with the id of its subscription.
    perStream("for each that listens, an event of %,d bytes", true, Sample.SMALL);
    perStream("for each that listens, an event of %,d bytes", true, Sample.LARGE);
    Figure further = findings.note(perByte(small, large));
    findings.goal(Goal.within("encoded once: " + further.name(), SHARED, further));
    findings.goal(Goal.within(small.name(), SHARED * Sample.SMALL + BOOKKEEPING, small));
    findings.goal(Goal.within(large.name(), SHARED * Sample.LARGE + BOOKKEEPING, large));
  }

  private void step(String name, Class<?> benchmark, String method) {
    RunResult result = run(benchmark, method, options -> options);
    findings.note(time(name, result, 1));
    findings.note(allocated(name, result, 1));
  }

  /** Returns what is allocated. */
  private Figure perStream(String pattern, boolean listen, int bytes) {
    RunResult result =
        run(
            DistributionBenchmark.class,
            "distribute",
            options ->
                options
                    .param("listen", Boolean.toString(listen))
                    .param("bytes", Integer.toString(bytes)));
    String name = pattern.formatted(bytes);
    findings.note(time(name, result, DistributionBenchmark.STREAMS));
    return findings.note(allocated(name, result, DistributionBenchmark.STREAMS));
  }

  private static Figure perByte(Figure small, Figure large) {
    List<Double> each = new ArrayList<>();
    for (int round = 0; round < small.rounds().size(); round++) {
      each.add(
          (large.rounds().get(round) - small.rounds().get(round)) / (Sample.LARGE - Sample.SMALL));
    }
    return new Figure("for each stream, each further byte of an event: allocated", "B", each);
  }

  private static Figure time(String name, RunResult result, double divisor) {
    return figure(name + ": time", "ns", result, IterationResult::getPrimaryResult, divisor);
  }

  private static Figure allocated(String name, RunResult result, double divisor) {
    return figure(
        name + ": allocated",
        "B",
        result,
        iteration -> iteration.getSecondaryResults().get("gc.alloc.rate.norm"),
        divisor);
  }

  private static Figure figure(
      String name,
      String unit,
      RunResult result,
      Function<IterationResult, Result<?>> value,
      double divisor) {
    return new Figure(
        name,
        unit,
        result.getBenchmarkResults().stream()
            .flatMap(fork -> fork.getIterationResults().stream())
            .map(iteration -> value.apply(iteration).getScore() / divisor)
            .toList());
  }

  private RunResult run(
      Class<?> benchmark,
      String method,
      Function<ChainedOptionsBuilder, ChainedOptionsBuilder> parameters) {
    TimeValue time = TimeValue.milliseconds(iteration.toMillis());
    ChainedOptionsBuilder options =
        parameters.apply(
            new OptionsBuilder()
                .include("^%s\\.%s$".formatted(benchmark.getName().replace(".", "\\."), method))
                .addProfiler(GCProfiler.class)
                .forks(1)
                .warmupIterations(WARM_UP)
                .warmupTime(time)
                .measurementIterations(iterations)
                .measurementTime(time)
                .jvmArgs("-Xms512m", "-Xmx512m", "-XX:+ExitOnOutOfMemoryError")
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT));
    String before = System.setProperty("java.class.path", classPath());
    try {
      return new Runner(options.build()).runSingle();
    } catch (RunnerException failure) {
      throw new BenchException(
          "%s.%s cannot be measured: %s".formatted(benchmark.getSimpleName(), method, failure),
          failure);
    } finally {
      System.setProperty("java.class.path", before);
    }
  }

  // JMH starts its JVMs with this one's class path; within Maven, that is Maven's.
  private static String classPath() {
    return AllocationPart.class.getClassLoader() instanceof URLClassLoader loader
        ? Stream.of(loader.getURLs())
            .map(URL::toString)
            .map(url -> Path.of(URI.create(url)).toString())
            .collect(Collectors.joining(File.pathSeparator))
        : System.getProperty("java.class.path");
  }
}
