package dev.belfry.bench.measure;

import java.util.ArrayList;
import java.util.List;

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

  /** The figures of all, in their order. */
  public List<Figure> of(List<Contestant> contestants) throws InterruptedException {
    List<List<Double>> measured = new ArrayList<>();
    contestants.forEach(contestant -> measured.add(new ArrayList<>()));
    for (int round = 0; round <= count; round++) {
      for (int turn = 0; turn < contestants.size(); turn++) {
        double value = measure(contestants.get(turn));
        if (round > 0) {
          measured.get(turn).add(value);
        }
      }
    }
    List<Figure> figures = new ArrayList<>();
    for (int turn = 0; turn < contestants.size(); turn++) {
      Contestant contestant = contestants.get(turn);
      figures.add(new Figure(contestant.name(), contestant.unit(), measured.get(turn)));
    }
    return figures;
  }

  private static double measure(Contestant contestant) throws InterruptedException {
    try {
      return contestant.round().measure();
    } catch (InterruptedException | BenchException asItIs) {
      throw asItIs;
    } catch (Exception failure) {
      throw new BenchException(
          "\"%s\" cannot be measured: %s".formatted(contestant.name(), failure), failure);
    }
  }
}
