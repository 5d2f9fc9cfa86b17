package dev.belfry.bench.measure;

import java.util.List;
import java.util.Locale;

/**
 * Something measured, once or in several rounds.
 *
 * @param unit empty for a mere number
 * @param rounds what each round gave; never empty
 */
public record Figure(String name, String unit, List<Double> rounds) {

  public Figure {
    rounds = List.copyOf(rounds);
    if (rounds.isEmpty()) {
      throw new BenchException("Nothing was measured: " + name);
    }
  }

  /** Something measured once. */
  public static Figure of(String name, double value, String unit) {
    return new Figure(name, unit, List.of(value));
  }

  /** Of an even number of rounds the mean of the two in the middle. */
  public double median() {
    List<Double> sorted = rounds.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }

  public double least() {
    return rounds.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
  }

  public double most() {
    return rounds.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
  }

  /** The median with its unit. */
  String text() {
    return unit.isEmpty() ? number(median()) : number(median()) + " " + unit;
  }

  /** From the least to the most; empty for something measured once. */
  String spread() {
    return rounds.size() == 1 ? "" : number(least()) + " to " + number(most());
  }

  /**
   * Three digits at least, where they say something; what is less than 100 does not look like it.
   */
  static String number(double value) {
    double size = Math.abs(value);
    if (size >= 100 || value == Math.rint(value)) {
      return String.format(Locale.ROOT, "%,d", Math.round(value));
    }
    String rounded =
        String.format(Locale.ROOT, size >= 10 ? "%.1f" : size >= 0.1 ? "%.2f" : "%.4f", value);
    return rounded.equals("100.0") ? String.format(Locale.ROOT, "%.4f", value) : rounded;
  }
}
