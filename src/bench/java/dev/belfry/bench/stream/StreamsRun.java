package dev.belfry.bench.stream;

import static org.awaitility.Awaitility.await;

import dev.belfry.bench.measure.BenchException;
import dev.belfry.bench.measure.Findings;
import dev.belfry.bench.measure.Goal;
import dev.belfry.bench.measure.Latencies;
import dev.belfry.bench.measure.Peaks;
import dev.belfry.bench.measure.ServerGauge;
import dev.belfry.bench.measure.ServerGauge.State;
import dev.belfry.cluster.Replica;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.awaitility.core.ConditionTimeoutException;

/** One run of {@link StreamsPart}, step by step; each notes its figures and goals. One thread. */
final class StreamsRun implements AutoCloseable {
  /** After it, what has not come does not count as late but as lost. */
  private static final Duration LATEST = Duration.ofMinutes(2);

  /** Not all the time: some conditions collect the server's garbage to know. */
  private static final Duration POLL = Duration.ofMillis(500);

  private static final int MOST_THREADS = 200;
  private static final int WARM_UP_EVENTS = 10;

  private static final double MIB = 1024 * 1024;

  private final ServerGauge gauge;
  private final StreamClient client;
  private final StreamsOptions options;
  private final Publisher publisher;
  private final PresenceCount presence;
  private final Peaks peaks;
  private final Findings findings;
  private final Audience audience = new Audience();

  private State before;
  private long publishedBefore;

  StreamsRun(
      Replica replica,
      ServerGauge gauge,
      StreamClient client,
      StreamsOptions options,
      Findings findings) {
    this.gauge = gauge;
    this.client = client;
    this.options = options;
    this.findings = findings;
    this.publisher = new Publisher(replica.uri("/api/events"));
    this.presence = new PresenceCount(replica.uri("/api/presence"));
    this.peaks = new Peaks(gauge);
  }

  /**
   * As many as later: what a server keeps once it has had so many (classes, pools, Open Liberty's
   * selectors with their threads) is there before, and no leak. What each stream leaked would come
   * once more.
   */
  void warmUp() throws InterruptedException {
    Audience first = new Audience();
    int count = options.streams();
    first.gather(client, count, publisher.published());
    publisher.publish(WARM_UP_EVENTS);
    require(
        () -> first.delivered() >= (long) count * WARM_UP_EVENTS,
        () ->
            "%d of the first streams were lost, the last: %s"
                .formatted(first.lost(), first.lastLoss()));
    // Counted first: until then nobody is there too.
    require(() -> presence.streams() == count, () -> "The first streams are not counted");
    int files = gauge.openFiles();
    client.hangUp();
    require(
        () -> presence.streams() == 0 && gauge.openFiles() <= files - count,
        () -> "The first streams do not end");
    before = gauge.state();
    note("heap before", before.heapBytes() / MIB, "MiB");
    note("memory before", before.residentBytes() / MIB, "MiB");
    note("threads before", before.threads(), "");
    note("open files before", before.openFiles(), "");
    publishedBefore = publisher.published();
  }

  void open() throws InterruptedException {
    long begin = System.nanoTime();
    audience.gather(client, options.streams(), publisher.published());
    settle(() -> audience.present() + audience.lost() == options.streams());
    note("streams open", audience.present(), "");
    note("time to open them", (System.nanoTime() - begin) / 1e9, "s");
    State open = gauge.state();
    note("heap, streams open", open.heapBytes() / MIB, "MiB");
    note(
        "heap per stream",
        (open.heapBytes() - before.heapBytes()) / 1024.0 / options.streams(),
        "KiB");
    note("threads, streams open", open.threads(), "");
    note("open files, streams open", open.openFiles(), "");
  }

  void steady() throws InterruptedException {
    Latencies latencies = audience.restart();
    Duration processor = gauge.processorTime();
    long begin = System.nanoTime();
    publisher.publish(options.eventsPerSecond(), options.steady());
    double seconds = (System.nanoTime() - begin) / 1e9;
    Duration used = gauge.processorTime().minus(processor);
    settleDeliveries();
    note("events per second, steady", options.eventsPerSecond(), "");
    noteDelivery("steady", latencies);
    note("processors used, steady", used.toNanos() / 1e9 / seconds, "");
  }

  void burst() throws InterruptedException {
    Latencies latencies = audience.restart();
    long begin = System.nanoTime();
    publisher.publish(options.burst());
    settleDeliveries();
    double seconds = (System.nanoTime() - begin) / 1e9;
    note("events in a burst", options.burst(), "");
    note("deliveries per second, burst", latencies.count() / seconds, "");
    noteDelivery("burst", latencies);
  }

  void visits() throws InterruptedException {
    Latencies latencies = audience.restart();
    Duration processor = gauge.processorTime();
    long begin = System.nanoTime();
    Visits visits = new Visits(client);
    try (visits) {
      visits.start(options.visitsPerSecond());
      publisher.publish(options.eventsPerSecond(), options.visiting());
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    Duration used = gauge.processorTime().minus(processor);
    settle(() -> visits.done() + visits.failed() >= visits.started());
    settleDeliveries();
    note("visits per second", visits.started() / seconds, "");
    note("first frame of a visit, p50", visits.latencies().milliseconds(0.5), "ms");
    note("first frame of a visit, p99", visits.latencies().milliseconds(0.99), "ms");
    noteDelivery("with visits", latencies);
    note("processors used, with visits", used.toNanos() / 1e9 / seconds, "");
    goal(
        "%,d clients come and go every second".formatted(options.visitsPerSecond()),
        visits.done() == visits.started(),
        "%d of %d failed, the last: %s"
            .formatted(visits.started() - visits.done(), visits.started(), visits.lastFailure()));
  }

  /** Ends everything, and sees what is left. */
  void leave() {
    judge();
    State full = gauge.state();
    note("heap, after all that", full.heapBytes() / MIB, "MiB");
    note("memory at most", peaks.residentBytes() / MIB, "MiB");
    note("threads at most", peaks.threads(), "");
    note("open files at most", peaks.openFiles(), "");
    client.hangUp();
    boolean gone = settle(() -> presence.streams() == 0 && Leftovers.since(before, gauge).isNone());
    State after = gauge.state();
    note("streams, all gone", presence.streams(), "");
    note("heap, all gone", after.heapBytes() / MIB, "MiB");
    note("memory, all gone", after.residentBytes() / MIB, "MiB");
    note("threads, all gone", after.threads(), "");
    note("open files, all gone", after.openFiles(), "");
    goal("nothing is left behind", gone, Leftovers.since(before, gauge).toString());
  }

  private void judge() {
    long published = publisher.published() - publishedBefore;
    goal(
        "%,d streams stay open in a heap of %s".formatted(options.streams(), options.heap()),
        audience.lost() == 0 && audience.present() == options.streams(),
        "%d were lost, the last: %s".formatted(audience.lost(), audience.lastLoss()));
    goal(
        "every stream gets every event, in order",
        audience.misplaced() == 0 && audience.delivered() == published * options.streams(),
        "%d of %d were delivered, %d out of order"
            .formatted(audience.delivered(), published * options.streams(), audience.misplaced()));
    goal(
        "fewer than %d threads".formatted(MOST_THREADS),
        peaks.threads() < MOST_THREADS,
        "there were " + peaks.threads());
  }

  private void settleDeliveries() {
    long wanted = (publisher.published() - publishedBefore) * options.streams();
    settle(() -> audience.delivered() >= wanted || audience.lost() > 0);
  }

  private static void require(Callable<Boolean> condition, Supplier<String> otherwise) {
    if (!settle(condition)) {
      throw new BenchException("Nothing can be measured: " + otherwise.get());
    }
  }

  private static boolean settle(Callable<Boolean> condition) {
    try {
      await().atMost(LATEST).pollInterval(POLL).until(condition);
      return true;
    } catch (ConditionTimeoutException ignored) {
      return false; // A goal that is not met, which says how far it is.
    }
  }

  private void noteDelivery(String when, Latencies latencies) {
    note("delivery %s, p50".formatted(when), latencies.milliseconds(0.5), "ms");
    note("delivery %s, p99".formatted(when), latencies.milliseconds(0.99), "ms");
  }

  private void note(String name, double value, String unit) {
    findings.note(name, value, unit);
  }

  private void goal(String text, boolean met, String otherwise) {
    findings.goal(new Goal(text, met ? "" : otherwise, met));
  }

  @Override
  public void close() {
    peaks.close();
  }
}
