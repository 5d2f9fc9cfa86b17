package dev.belfry.bench.measure;

/**
 * One of several things that are measured by turns.
 *
 * @param name of its figure
 * @param unit of its figure
 * @param round measures it once
 */
public record Contestant(String name, String unit, Round round) {

  /** One measurement. */
  @FunctionalInterface
  public interface Round {

    /** Blocks until it is measured, and returns what. */
    double measure() throws Exception;
  }
}
