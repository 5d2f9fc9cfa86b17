package dev.belfry.bench.measure;

/** Something to be measured by itself, once. */
public abstract class Part {

  /** What becomes the report. */
  protected final Findings findings = new Findings();

  /**
   * Measures; blocks for as long as that takes, and leaves nothing running.
   *
   * @param name of the part in the report
   * @throws BenchException if it cannot be measured
   * @throws InterruptedException if this thread is interrupted
   */
  public final Report report(String name) throws InterruptedException {
    measure();
    return findings.report(name);
  }

  /** Puts into {@link #findings} what it finds. */
  protected abstract void measure() throws InterruptedException;
}
