package dev.belfry.bench.session;

import dev.belfry.bench.measure.Figure;
import dev.belfry.bench.measure.Findings;
import dev.belfry.bench.measure.Goal;
import dev.belfry.bench.measure.Rounds;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;

/** Contestants that are measured by turns, under the same conditions. */
final class Race {
  private final Findings findings;
  private final String title;
  private final Map<String, Callable<Double>> contestants = new LinkedHashMap<>();
  private final Map<String, Figure> figures = new LinkedHashMap<>();

  /**
   * @param title what the names of its figures begin with
   */
  Race(Findings findings, String title) {
    this.findings = findings;
    this.title = title;
  }

  /** One more, which is measured after those before. */
  void add(String name, Callable<Double> contestant) {
    contestants.put(name, contestant);
  }

  void run(Rounds rounds, String unit) throws InterruptedException {
    rounds.of(unit, contestants).forEach((name, figure) -> figures.put(name, note(name, figure)));
  }

  private Figure note(String name, Figure figure) {
    return findings.note(
        new Figure("%s: %s".formatted(title, name), figure.unit(), figure.rounds()));
  }

  Figure figure(String name) {
    return figures.get(name);
  }

  boolean has(String name) {
    return figures.containsKey(name);
  }

  /** Nothing if one of them was not measured. */
  void atLeast(String own, double factor, String peer) {
    if (has(own) && has(peer)) {
      findings.goal(
          Goal.atLeast(
              "%s: %s beside %s".formatted(title, own, peer), factor, figure(own), figure(peer)));
    }
  }
}
