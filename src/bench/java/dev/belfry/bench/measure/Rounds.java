package dev.belfry.bench.measure;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * Measures several things by turns, A B C A B C, so that what changes on the machine meanwhile
 * changes for all of them.
 *
 * @param count how many rounds count; one more comes first and does not
 */
public record Rounds(int count) {

  /** From {@code bench.rounds}. */
  public static Rounds from(Options options) {
    return new Rounds(options.number("rounds", 5));
  }

  /**
   * Measures each once a round.
   *
   * @param contestants by name; each blocks until it is measured
   * @return the figures by the same names, which are also theirs
   */
  public Map<String, Figure> of(String unit, Map<String, Callable<Double>> contestants)
      throws InterruptedException {
    Map<String, List<Double>> measured = new LinkedHashMap<>();
    for (int round = 0; round <= count; round++) {
      for (Map.Entry<String, Callable<Double>> contestant : contestants.entrySet()) {
        double value = measure(contestant.getKey(), contestant.getValue());
        if (round > 0) {
          measured.computeIfAbsent(contestant.getKey(), name -> new ArrayList<>()).add(value);
        }
      }
    }
    Map<String, Figure> figures = new LinkedHashMap<>();
    measured.forEach((name, values) -> figures.put(name, new Figure(name, unit, values)));
    return figures;
  }

  private static double measure(String name, Callable<Double> contestant)
      throws InterruptedException {
    try {
      return contestant.call();
    } catch (InterruptedException | BenchException asItIs) {
      throw asItIs;
    } catch (Exception failure) {
      throw new BenchException("\"%s\" cannot be measured: %s".formatted(name, failure), failure);
    }
  }
}
