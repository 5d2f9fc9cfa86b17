package dev.belfry.bench.stream;

import dev.belfry.bench.measure.Figure;
import dev.belfry.bench.measure.Goal;
import dev.belfry.bench.measure.Options;
import dev.belfry.bench.measure.Part;
import dev.belfry.bench.measure.Rounds;
import dev.belfry.bench.stream.FanoutCrowd.Outcome;
import dev.belfry.cluster.ClusterFiles;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;

/**
 * Events to many streams of one server, beside nginx with nchan: as many as it can take, and few.
 */
public final class FanoutPart extends Part {
  private static final String BELFRY = "Belfry";
  private static final String NCHAN = "nchan";
  private static final double SOON_MILLIS = 500;

  private final ClusterFiles files;
  private final Rounds rounds;
  private final int streams;
  private final int many;
  private final int few;
  private final Duration manyDuration;
  private final Duration fewDuration;

  public FanoutPart(ClusterFiles files, Options options) {
    this.files = files;
    this.rounds = Rounds.from(options);
    this.streams = options.number("fanout.streams", 5_000);
    this.many = options.number("fanout.many", 200);
    this.few = options.number("fanout.few", 10);
    this.manyDuration = options.millis("fanout.many-millis", 2_000);
    this.fewDuration = options.millis("fanout.few-millis", 5_000);
  }

  @Override
  protected void measure() throws InterruptedException {
    findings.condition("%,d public streams; events of about 200 bytes.".formatted(streams));
    Optional<NchanServer> nchan = NchanServer.start(files.work().resolve("nchan"));
    try (BelfryServer belfry = new BelfryServer(files, "1g")) {
      Map<String, FanoutServer> servers = new LinkedHashMap<>();
      servers.put(BELFRY, belfry);
      nchan.ifPresentOrElse(
          server -> servers.put(NCHAN, server),
          () -> findings.condition("nginx with nchan is not installed, and was not measured."));
      measure(servers);
    } finally {
      nchan.ifPresent(NchanServer::close);
    }
  }

  private void measure(Map<String, FanoutServer> servers) throws InterruptedException {
    Map<String, FanoutCrowd> crowds = new LinkedHashMap<>();
    try {
      servers.forEach((name, server) -> crowds.put(name, new FanoutCrowd(server, streams)));
      atMany(crowds);
      atFew(crowds);
    } finally {
      crowds.values().forEach(FanoutCrowd::close);
    }
  }

  private void atMany(Map<String, FanoutCrowd> crowds) throws InterruptedException {
    Outcomes outcomes = measure(crowds, many, manyDuration);
    String load = "%,d streams, %,d events/s".formatted(streams, many);
    Map<String, Figure> rates = outcomes.figures("deliveries/s", "", Outcome::perSecond);
    Map<String, Figure> p99 =
        outcomes.figures("ms", ", p99", outcome -> outcome.latencies().milliseconds(0.99));
    outcomes.figures("ms", ", p50", outcome -> outcome.latencies().milliseconds(0.5));
    findings.goal(outcomes.nothingLost(load));
    findings.goal(Goal.within(load + ", p99: Belfry", SOON_MILLIS, p99.get(BELFRY)));
    if (crowds.containsKey(NCHAN)) {
      findings.goal(
          Goal.atLeast(
              load + ", deliveries per second: Belfry beside nchan",
              5,
              rates.get(BELFRY),
              rates.get(NCHAN)));
    }
  }

  private void atFew(Map<String, FanoutCrowd> crowds) throws InterruptedException {
    Outcomes outcomes = measure(crowds, few, fewDuration);
    String load = "%,d streams, %,d events/s".formatted(streams, few);
    Map<String, Figure> costs =
        outcomes.figures("µs", ", processor time per delivery", Outcome::microsecondsPerDelivery);
    outcomes.figures("ms", ", p99", outcome -> outcome.latencies().milliseconds(0.99));
    findings.goal(outcomes.nothingLost(load));
    if (crowds.containsKey(NCHAN)) {
      findings.goal(
          Goal.atMost(
              load + ", processor time per delivery: Belfry beside nchan",
              1.1,
              costs.get(BELFRY),
              costs.get(NCHAN)));
    }
  }

  private Outcomes measure(Map<String, FanoutCrowd> crowds, int rate, Duration duration)
      throws InterruptedException {
    Outcomes outcomes = new Outcomes(rate);
    Map<String, Callable<Double>> contestants = new LinkedHashMap<>();
    crowds.forEach(
        (name, crowd) ->
            contestants.put(
                name,
                () -> {
                  Outcome outcome = crowd.publish(rate, duration);
                  outcomes.add(name, outcome);
                  return outcome.perSecond();
                }));
    rounds.of("deliveries/s", contestants);
    return outcomes;
  }

  /** Of all rounds; the first does not count. */
  private final class Outcomes {
    private final int rate;
    private final Map<String, List<Outcome>> all = new LinkedHashMap<>();

    Outcomes(int rate) {
      this.rate = rate;
    }

    void add(String name, Outcome outcome) {
      all.computeIfAbsent(name, unused -> new ArrayList<>()).add(outcome);
    }

    Map<String, Figure> figures(String unit, String what, ToDoubleFunction<Outcome> value) {
      Map<String, Figure> figures = new LinkedHashMap<>();
      all.forEach(
          (name, outcomes) ->
              figures.put(
                  name,
                  findings.note(
                      new Figure(
                          "%,d events/s: %s%s".formatted(rate, name, what),
                          unit,
                          outcomes.stream().skip(1).mapToDouble(value).boxed().toList()))));
      return figures;
    }

    Goal nothingLost(String load) {
      long lost = all.get(BELFRY).stream().mapToLong(Outcome::lost).sum();
      long misplaced = all.get(BELFRY).stream().mapToLong(Outcome::misplaced).sum();
      long deliveries = all.get(BELFRY).stream().mapToLong(Outcome::deliveries).sum();
      return new Goal(
          load + ": Belfry loses nothing and keeps the order",
          "%,d deliveries, %,d lost, %,d out of order".formatted(deliveries, lost, misplaced),
          lost == 0 && misplaced == 0);
    }
  }
}
