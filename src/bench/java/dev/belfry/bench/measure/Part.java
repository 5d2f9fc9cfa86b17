package dev.belfry.bench.measure;

/** Something to be measured by itself. */
public interface Part {

  /** By which it is chosen; also the name of its files. */
  String name();

  /**
   * Measures; blocks for as long as that takes, and leaves nothing running.
   *
   * @throws BenchException if it cannot be measured
   * @throws InterruptedException if this thread is interrupted
   */
  Report measure() throws InterruptedException;
}
