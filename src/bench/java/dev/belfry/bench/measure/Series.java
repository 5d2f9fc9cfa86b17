package dev.belfry.bench.measure;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;

/**
 * What one unit of work costs at several sizes of the whole.
 *
 * @param name what it is the cost of
 * @param sizes what 1× is, for the reader
 * @param costs by the multiple of that
 */
public record Series(String name, String sizes, SortedMap<Integer, Figure> costs) {
  /** What is measured. */
  public static final List<Integer> MULTIPLES = List.of(1, 4, 16);

  /** Of noise, and of what grows with the logarithm, such as the depth of an index. */
  private static final double FLAT = 1.25;

  /** Measures the cost at one multiple. */
  @FunctionalInterface
  public interface At {

    /** Something that measures it once for each call. */
    Callable<Double> multiple(int multiple);
  }

  /** Measures all multiples by turns. */
  public static Series measure(String name, String sizes, String unit, Rounds rounds, At at)
      throws InterruptedException {
    Map<String, Integer> multiples = new LinkedHashMap<>();
    Map<String, Callable<Double>> contestants = new LinkedHashMap<>();
    for (int multiple : MULTIPLES) {
      String each = "%s, %d×".formatted(name, multiple);
      multiples.put(each, multiple);
      contestants.put(each, at.multiple(multiple));
    }
    SortedMap<Integer, Figure> costs = new TreeMap<>();
    rounds.of(unit, contestants).forEach((each, cost) -> costs.put(multiples.get(each), cost));
    return new Series(name, sizes, costs);
  }

  /** How many times the cost at 1× it is. */
  double relative(int multiple) {
    return costs.get(multiple).median() / costs.get(costs.firstKey()).median();
  }

  /** That it is flat or falling. */
  public Goal goal() {
    return Goal.atMost(
        "%s, %d× beside 1×".formatted(name, costs.lastKey()),
        FLAT,
        costs.get(costs.lastKey()),
        costs.get(costs.firstKey()));
  }
}
