package dev.belfry.bench.measure;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Something wanted.
 *
 * @param text what is wanted
 * @param measured what was found; empty if that is said by the text
 */
public record Goal(String text, String measured, boolean met) {

  /** That one is at least so many times the other. */
  public static Goal atLeast(String text, double factor, Figure own, Figure peer) {
    return new Goal(
        "%s: at least %s times".formatted(text, Figure.number(factor)),
        ratio(own, peer),
        own.median() >= factor * peer.median());
  }

  /** That one is at most so many times the other. */
  public static Goal atMost(String text, double factor, Figure own, Figure peer) {
    return new Goal(
        "%s: at most %s times".formatted(text, Figure.number(factor)),
        ratio(own, peer),
        own.median() <= factor * peer.median());
  }

  /** That the median is at most so much. */
  public static Goal within(String text, double limit, Figure figure) {
    return new Goal(
        "%s: at most %s %s".formatted(text, Figure.number(limit), figure.unit()).strip(),
        figure.text() + inBrackets(figure.spread()),
        figure.median() <= limit);
  }

  /** That the median is at least so much. */
  public static Goal beyond(String text, double limit, Figure figure) {
    return new Goal(
        "%s: at least %s %s".formatted(text, Figure.number(limit), figure.unit()).strip(),
        figure.text() + inBrackets(figure.spread()),
        figure.median() >= limit);
  }

  // Of the medians; and of the rounds that were measured one after the other.
  private static String ratio(Figure own, Figure peer) {
    String ratio = Figure.number(own.median() / peer.median());
    List<Double> rounds = new ArrayList<>();
    for (int round = 0; round < Math.min(own.rounds().size(), peer.rounds().size()); round++) {
      rounds.add(own.rounds().get(round) / peer.rounds().get(round));
    }
    return rounds.size() == 1
        ? ratio
        : ratio
            + inBrackets(
                Figure.number(Collections.min(rounds))
                    + " to "
                    + Figure.number(Collections.max(rounds)));
  }

  private static String inBrackets(String spread) {
    return spread.isEmpty() ? "" : " (" + spread + ")";
  }
}
