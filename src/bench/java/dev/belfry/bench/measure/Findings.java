package dev.belfry.bench.measure;

import java.util.ArrayList;
import java.util.List;

/** Collects what becomes a report. For one thread. */
public final class Findings {
  private final List<String> conditions = new ArrayList<>();
  private final List<Figure> figures = new ArrayList<>();
  private final List<Goal> goals = new ArrayList<>();

  /** What it was measured on, or why something was not, as a sentence. */
  public void condition(String sentence) {
    conditions.add(sentence);
  }

  /** Returns the figure. */
  public Figure note(Figure figure) {
    figures.add(figure);
    return figure;
  }

  /** Something measured once. */
  public Figure note(String name, double value, String unit) {
    return note(Figure.of(name, value, unit));
  }

  public void goal(Goal goal) {
    goals.add(goal);
  }

  public Report report(String part) {
    List<String> all = new ArrayList<>();
    all.add(
        "%d processors, on which clients, servers and PostgreSQL share; Java %s, %s."
            .formatted(
                Runtime.getRuntime().availableProcessors(),
                Runtime.version(),
                System.getProperty("os.name")));
    all.addAll(conditions);
    return new Report(part, all, figures, goals);
  }
}
