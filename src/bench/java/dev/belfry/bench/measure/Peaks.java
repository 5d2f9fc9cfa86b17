package dev.belfry.bench.measure;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The most that a server's process takes over a time, looked at ten times a second. Thread-safe.
 */
public final class Peaks implements AutoCloseable {
  private static final Duration TURN = Duration.ofMillis(100);

  private final ServerGauge gauge;
  private final ScheduledExecutorService turns = Executors.newSingleThreadScheduledExecutor();
  private volatile int threads;
  private volatile int openFiles;
  private volatile long residentBytes;

  public Peaks(ServerGauge gauge) {
    this.gauge = gauge;
    var unused =
        turns.scheduleWithFixedDelay(this::look, 0, TURN.toMillis(), TimeUnit.MILLISECONDS);
  }

  // One thread: nobody else writes.
  private void look() {
    threads = Math.max(threads, gauge.threads());
    openFiles = Math.max(openFiles, gauge.openFiles());
    residentBytes = Math.max(residentBytes, gauge.residentBytes());
  }

  public int threads() {
    return threads;
  }

  public int openFiles() {
    return openFiles;
  }

  public long residentBytes() {
    return residentBytes;
  }

  @Override
  public void close() {
    turns.shutdownNow();
  }
}
