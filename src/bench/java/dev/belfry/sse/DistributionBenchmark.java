package dev.belfry.sse;

import dev.belfry.bench.cost.OneProcess;
import dev.belfry.bench.cost.Sample;
import dev.belfry.event.EventId;
import dev.belfry.event.ServerEvent;
import dev.belfry.http.ListenRequest;
import jakarta.json.Json;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * An event that is written to all streams, from the moment in which it is delivered: what {@link
 * EventStreams} does, on one thread, so that all of it is counted, and for clients that take
 * everything at once. In the package of what it measures.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DistributionBenchmark {
  public static final int STREAMS = 1_000;

  private static final String EPOCH = "epoch1";
  private static final FrameQueue.Limits LIMITS = new FrameQueue.Limits(256, 1024 * 1024);

  /** Whether the streams are answers to {@code subscriptions/listen}. */
  @Param({"false", "true"})
  private boolean listen;

  /** Of an event. */
  @Param({"" + Sample.SMALL, "" + Sample.LARGE})
  private int bytes;

  private final StreamRegistry streams = new StreamRegistry();
  private final RecentFrames recent = new RecentFrames(1_000, 4L * 1024 * 1024);
  private final Sink sink = new Sink();
  private final Unwatched watch = new Unwatched();
  private OneProcess process;
  private Distribution distribution;
  private ServerEvent event;
  private long offset;

  @Setup
  public void open() {
    event = Sample.event(bytes);
    process = new OneProcess();
    StreamWriters writers = new StreamWriters(Runnable::run, watch, 1);
    distribution = new Distribution(streams, writers, LIMITS.frames() / 2);
    EventStream.Shared shared =
        new EventStream.Shared(
            writers,
            recent,
            new LogReader(process.broadcaster(), Runnable::run, (int) LIMITS.bytes()),
            streams::remove);
    for (int number = 0; number < STREAMS; number++) {
      EventStream stream =
          new EventStream(
              Client.PUBLIC,
              new EventStream.Terms(Optional.empty(), Instant.MAX),
              new Feed(framing(number), LIMITS),
              new EventStream.Exchange(new FakeExchange().context(), sink),
              shared);
      streams.add(stream);
      stream.change(
          feed -> feed.begin(Optional.of(new EventId(EPOCH, 0)), false, Optional.empty()));
    }
  }

  private Framing framing(int number) {
    return listen
        ? new ListenFraming(
            Client.PUBLIC,
            new ListenRequest(Json.createValue(number), Set.of(), Set.of(Sample.URI)),
            List.of())
        : new ResumableFraming(Client.PUBLIC, new Frames(Duration.ofSeconds(1), List.of()));
  }

  @TearDown
  public void close() {
    process.close();
    watch.shutdownNow();
    // Else it would be a benchmark of streams that have ended.
    if (sink.written < offset * STREAMS * bytes) {
      throw new IllegalStateException(
          "%d events came to %d bytes only".formatted(offset, sink.written));
    }
  }

  @Benchmark
  public long distribute() {
    offset++;
    EventFrame frame = EventFrame.of(event.at(new EventId(EPOCH, offset)));
    recent.add(frame);
    distribution.add(feed -> feed.add(frame));
    return sink.written;
  }

  /**
   * Nobody finds the only thread stuck, as where the machine stalls: another one would then write,
   * and this one give it more than it can write.
   */
  private static final class Unwatched extends ScheduledThreadPoolExecutor {
    private Unwatched() {
      super(1);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
      return super.schedule(command, 1, TimeUnit.DAYS);
    }
  }

  /** Clients that read at once, whatever comes. For one thread. */
  private static final class Sink extends ServletOutputStream {
    private long written;

    @Override
    public void write(byte[] frames) {
      written += frames.length;
    }

    @Override
    public void write(int single) {
      throw new UnsupportedOperationException("byte by byte would be slow");
    }

    @Override
    public boolean isReady() {
      throw new UnsupportedOperationException("writing blocks here");
    }

    @Override
    public void setWriteListener(WriteListener listener) {
      throw new UnsupportedOperationException("writing blocks here");
    }
  }
}
